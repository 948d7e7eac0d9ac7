import ArgumentParser
import Wire

/// A program that answers every record it reads with one of its own: its author declares options and `work(on:in:)`.
///
/// `@main` on a type that conforms makes it a command with the loop of the contract, sections 2 and 3.
///
/// - Throws: what a stage throws while it handles a record becomes that record's `error`, with its class and code;
///   what it throws while it opens or closes ends the process with the ``ExitStatus`` of its class.
package protocol Stage: ParsableCommand, Sendable {
    /// What the work needs from one record to the next, such as a connection or a keyring.
    associatedtype Session = Void

    /// What all workers of the process use together, such as files that can be read only once.
    associatedtype Shared: Sendable = Void

    static var profile: Profile { get }

    var common: CommonOptions { get }

    /// What `--describe` reports besides the profile; it depends on the arguments.
    var details: JSONObject { get }

    /// References given as arguments, in order, which are then read instead of stdin.
    var references: [String] { get }

    /// Does something other than answer records, on the real stdin and stdout; nil when records are to be answered.
    func bypass() throws(Failure) -> ExitStatus?

    /// How many records it works on at once, each worker with a thread and a session of its own; answers then leave as
    /// they come.
    var workers: Int { get }

    /// Opens what the workers share; a failure here ends the process with its exit status.
    func share(_ channels: Channels) throws(Failure) -> Shared

    /// Opens what the work needs, for a stage whose workers share nothing; a failure is as in ``open(_:sharing:)``.
    func open(_ channels: Channels) throws(Failure) -> Session

    /// Opens what one worker needs; a failure to open the first ends the process with its exit status, and any other
    /// leaves the work to those that there are.
    func open(_ channels: Channels, sharing shared: Shared) throws(Failure) -> Session

    /// Whether records are read at all; false for an option that only reports something, which `open` emits.
    var readsRecords: Bool { get }

    /// Whether an argument, or a line that does not begin with `{`, is a reference rather than a fault.
    static var takesReferences: Bool { get }

    /// The record that a reference stands for.
    func request(for reference: String, in session: Session) throws(Failure) -> Record

    /// Removes from a record, before the work on it, what no answer may contain; it is removed even where this throws.
    func prepare(_ record: inout Record, _ channels: Channels) throws(Failure)

    /// Handles one record of a kind in the profile.
    func work(on record: Record, in session: Session) throws(Failure) -> StageAnswer

    /// Makes durable what was done for all records whose answers wait for it; a failure becomes the answer of each.
    func settle(_ session: Session) throws(Failure)

    /// Finishes what is left after the last record, and gives the exit status.
    func close(_ session: Session) throws(Failure) -> ExitStatus
}

/// What a stage makes of a record.
package enum StageAnswer {
    /// The final line, of whatever kind.
    case record(Record)
    /// The line as it came.
    case unchanged
    /// The final line, asked for once `settle` has made it true. Meanwhile the loop works on the lines that are there.
    case settled(() throws(Failure) -> Record)
}

extension Stage {
    package static var configuration: CommandConfiguration { profile.configuration }

    package var details: JSONObject { JSONObject() }

    /// None: stdin is read.
    package var references: [String] { [] }

    package var readsRecords: Bool { true }

    /// One thread, which answers records in their order.
    package var workers: Int { 1 }

    package func open(_ channels: Channels) throws(Failure) -> Session {
        try open(channels, sharing: try share(channels))
    }

    package static var takesReferences: Bool { false }

    package func request(for reference: String, in session: Session) throws(Failure) -> Record {
        throw .permanent("bad_ref", "references are not taken here: \(reference)")
    }

    package func bypass() throws(Failure) -> ExitStatus? { nil }

    package func prepare(_ record: inout Record, _ channels: Channels) throws(Failure) {}

    package func settle(_ session: Session) throws(Failure) {}

    package func close(_ session: Session) throws(Failure) -> ExitStatus { .ok }

    /// Answers a lone `--describe` without the arguments that the stage requires; with other arguments it checks them
    /// too.
    package static func main() {
        if let flaw = Arguments.flaw { leave(profile.name, flaw, .usage) }
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.prefix(while: { $0 != "--" }).contains("--describe") {
            do {
                let stage = arguments.count > 1 ? try parse(arguments) : try? parse(arguments)
                StandardOutput.describe(profile, stage?.details)
            } catch {
                exit(withError: error)
            }
        }
        main(nil)
    }

    package func run() throws {
        throw ExitCode(status().rawValue)
    }

    private func status() -> ExitStatus {
        do throws(Failure) {
            if let status = try bypass() { return status }
        } catch {
            complain(Self.profile.name, error.message)
            return error.class == .transient ? .inputOutput : ExitStatus(error.class)
        }
        return Loop(stage: self).run()
    }
}

extension Stage where Session == Void {
    package func open(_ channels: Channels) throws(Failure) {}
}

extension Stage where Shared == Void {
    package func share(_ channels: Channels) throws(Failure) {}

    package func open(_ channels: Channels, sharing shared: Void) throws(Failure) -> Session { try open(channels) }
}
