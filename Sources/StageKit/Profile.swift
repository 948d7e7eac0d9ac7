import ArgumentParser
import Wire

/// What a stage says about itself: to people with `--help`, to programs with `--describe`.
package struct Profile: Sendable {
    package enum Mode: String, Sendable { case map, expand }

    package let name: String
    let abstract: String
    let discussion: String
    let mode: Mode
    /// The sections that it reads, and those that it sets.
    let reads: [String]
    let writes: [String]
    /// The kinds that it works on; all others pass.
    let kinds: [String]
    /// What commands may ask of it besides its work.
    let roles: [Role]
    /// How many records a process should have in hand at once.
    let window: Int
    /// How many processes side by side are useful at most.
    let replicas: Int

    package init(
        name: String, abstract: String, discussion: String, mode: Mode = .map, reads: [String], writes: [String],
        kinds: [String] = ["track"], roles: [Role] = [], window: Int = 1, replicas: Int = 1
    ) {
        (self.name, self.abstract, self.discussion, self.mode) = (name, abstract, discussion, mode)
        (self.reads, self.writes, self.kinds, self.roles) = (reads, writes, kinds, roles)
        (self.window, self.replicas) = (window, replicas)
    }

    var configuration: CommandConfiguration {
        CommandConfiguration(commandName: name, abstract: abstract, discussion: discussion, version: Version.project)
    }

    /// The answer to `--describe`, with the stage's further details.
    func json(_ details: JSONObject?) -> JSON {
        var object = JSONObject()
        object["name"] = .string(name)
        object["version"] = .string(Version.project)
        object["contract"] = .integer(Version.contract)
        object["mode"] = .string(mode.rawValue)
        object["kinds"] = .strings(kinds)
        object["reads"] = .strings(reads)
        object["writes"] = .strings(writes)
        object["roles"] = .strings(roles.map(\.rawValue))
        object["window"] = .integer(window)
        object["replicas"] = .integer(replicas)
        for name in details?.names ?? [] { object[name] = details?[name] }
        return object.value
    }
}

/// The options that every stage has.
package struct CommonOptions: ParsableArguments, Sendable {
    @Flag(help: "Print what this stage is as one JSON object, and exit.")
    package var describe = false

    package init() {}
}
