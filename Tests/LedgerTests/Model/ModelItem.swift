@testable import Ledger

/// An item of the model.
struct ModelItem: Equatable {
    let id: String
    /// Items are numbered in the order in which they were added.
    let number: Int
    let isList: Bool
    /// Whether somebody asked for it itself, and not only for a list that holds it.
    let isTop: Bool
    var state = State.ready
    /// An index into the route.
    var stage: Int
    var line: ModelLine
    /// How it will end, once the stages behind know.
    var outcome: State?
    var claim: Int64?
    var isFirst = false
    /// Since when it waits and until when, in milliseconds since 1970.
    var pause: Range<Int64>?
    /// What it waits for, if it is not only for a time.
    var need: String?
    /// Failed tries in a row, and the stage where it failed.
    var failures = 0
    var failedStage: Int?
    /// How many replicas died with it alone.
    var strikes = 0
    var isAlone = false
    /// What a retry starts from, and where.
    var letter: (line: ModelLine, stage: Int)?
    /// The stage that wrote its media.
    var mediaStage: Int?

    init(_ id: String, number: Int, isList: Bool = false, isTop: Bool, stage: Int, line: ModelLine) {
        (self.id, self.number, self.isList, self.isTop) = (id, number, isList, isTop)
        (self.stage, self.line) = (stage, line)
    }

    static func == (one: ModelItem, other: ModelItem) -> Bool { one.id == other.id }

    /// It goes on elsewhere: no replica has it, and it waits for nothing.
    mutating func go(_ state: State, at stage: Int? = nil) {
        (self.state, claim, pause, need) = (state, nil, nil, nil)
        if let stage { self.stage = stage }
    }

    /// Work begins anew.
    mutating func restart(_ line: ModelLine, at stage: Int, outcome: State?) {
        go(.ready, at: stage)
        (self.line, self.outcome, letter) = (line, outcome, nil)
        (failures, failedStage, strikes) = (0, nil, 0)
    }
}

/// That a list names an item in a place.
struct ModelMembership: Equatable {
    let list: String
    let seq: Int
    var item: String
    /// Whether the list knows how the item ended, or will not in this try.
    var isTold = false
    /// Whether the last stage would not take it, so that it is told again when the item is tried again.
    var isRefused = false
}
