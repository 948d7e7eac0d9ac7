import PipelineFiles
import Processes
import Wire

/// The part of a pipeline that shows what would be fetched: it ends before bytes would move.
struct PlannedRoad {
    /// The stages that are run unchanged.
    let stages: [FoundStage]
    /// The program that names each track; nil if no stage has that role.
    let place: (executable: Executable, jail: Jail?)?
    /// Stages that may still change a track before it is named, but are not run.
    let unasked: [String]

    private static let moving: Set = ["file", "placed", "recorded"]

    /// Throws if no stage before the first one that moves bytes says that it writes media.
    init(_ found: [FoundStage]) throws(Failure) {
        let end = found.firstIndex { $0.fetches || !Self.moving.isDisjoint(with: $0.writes) } ?? found.count
        guard let media = found[..<end].lastIndex(where: \.writesMedia) else {
            throw .config(
                "no_plan", "no stage says that it writes media before a stage that fetches, so nothing can be told")
        }
        // A program that does not say what it writes might be the one that fetches.
        let rest = found[(media + 1)..<end]
        let last = rest.firstIndex { $0.stage.writes == nil && $0.description == nil } ?? end
        stages = Array(found[..<last])
        let placing = found.firstIndex { $0.has(.plan) }
        place = try placing.map { index throws(Failure) in
            (try Executable(found[index].command(with: ["--plan"])), found[index].jail(asking: []))
        }
        unasked = found[last..<(placing ?? found.count)].filter { $0.description == nil }.map(\.stage.name)
    }

    /// Its programs, started, and held to what they need for these requests; `environment` has their variables by name.
    func pipe(for requests: [Record], environment: [String: String]) throws(Failure) -> PlainPipe {
        try PlainPipe(
            stages.map { ($0.executable, $0.jail(asking: requests)) } + [place].compactMap { $0 },
            environment: environment)
    }
}
