import ArgumentParser
import Ledger
import PipelineFiles
import Wire

/// A command for selected items.
protocol ChoosingCommand {
    /// The states whose items it can act on.
    static var states: [State] { get }
    /// The selection if none is given; nil if one is required.
    static var standard: Selection? { get }
}

extension ChoosingCommand {
    static var standard: Selection? { nil }
}

/// Which items a command is for.
struct SelectionOption<Command: ChoosingCommand>: ParsableArguments {
    @Flag(help: "All items.")
    var all = false

    @Option(help: ArgumentHelp("Items in this state.", valueName: "state"))
    var state: ChosenState<Command>?

    @Argument(
        help: ArgumentHelp(
            "Ids of items, or references; a collection includes its members.", valueName: "id"))
    var ids: [String] = []

    func validate() throws {
        let count = [all, state != nil, !ids.isEmpty].count(where: \.self)
        guard count == 1 || count == 0 && Command.standard != nil else {
            throw ValidationError("name items by their ids, or give --state STATE, or --all")
        }
    }

    /// The selections, each of which the ledger knows.
    func selections(in ledger: Ledger, of pipeline: Pipeline) throws(Failure) -> [Selection] {
        if all { return [.all] }
        if let state { return [.state(state.state)] }
        if ids.isEmpty, let standard = Command.standard { return [standard] }
        return try ids.map { text throws(Failure) in
            if let id = try pipeline.item(text, in: ledger) { return .item(id) }
            throw .permanent("no_item", "the ledger has no item \(text); segue list tells what it has")
        }
    }
}

/// One of the states whose items a command can act on.
struct ChosenState<Command: ChoosingCommand>: ExpressibleByArgument {
    let state: State

    init?(argument: String) {
        guard let state = Command.states.first(where: { $0.rawValue == argument }) else { return nil }
        self.state = state
    }

    static var allValueStrings: [String] { Command.states.map(\.rawValue) }
}

extension State: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument) }
    public static var allValueStrings: [String] { allCases.map(\.rawValue) }
}
