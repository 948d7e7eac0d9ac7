import ArgumentParser
import Wire

/// A comma-separated list of them.
struct ReleaseTypes: ExpressibleByArgument {
    let types: Set<ReleaseType>

    static let all = ReleaseTypes(types: Set(ReleaseType.allCases))

    init(types: Set<ReleaseType>) { self.types = types }

    init?(argument: String) {
        let types = argument.split(separator: ",").map { ReleaseType(rawValue: String($0)) }
        guard !types.isEmpty, !types.contains(nil) else { return nil }
        self.types = Set(types.compactMap(\.self))
    }

    var defaultValueDescription: String { ReleaseType.allCases.map(\.rawValue).joined(separator: ",") }
}
