import Files
import Wire

/// The programs of a pipeline that know its library: what is booked there goes through them again, with nothing fetched.
struct LibraryStages {
    /// The library's folder, absolute.
    let library: String
    private let place: [String]
    private let record: String
    /// Brings covers that could not be had before.
    private let fetch: [String]?

    init(_ pipeline: Pipeline) throws(Failure) {
        let found = try pipeline.foundStages()
        guard let place = found.first(where: { $0.description?.name == "place" })?.stage.run,
            let record = found.first(where: { $0.description?.name == "record" })?.stage.run.first,
            let library = Self.library(of: found)
        else {
            throw .config("no_library", "\(pipeline.path) has no place stage with a library and a record stage")
        }
        (self.library, self.place, self.record) = (library, place, record)
        fetch = found.first { $0.description?.name == "fetch" }?.stage.run
    }

    /// The folder that finished files go to, absolute; nil where none of our own stages puts them anywhere.
    static func library(of stages: [FoundStage]) -> String? {
        let place = stages.first { $0.description?.name == "place" }
        return place.flatMap { value(of: "--library", in: $0.stage.run) }.map(absolute)
    }

    /// What is booked, revised by place as the option says, and booked again unless it is only a plan.
    func revising(_ option: String, isPlan: Bool) throws(Failure) -> [Executable] {
        let booking = [record, "--library", library]
        let fetching = option == "--retag" && !isPlan ? [fetch].compactMap(\.self) : []
        let revision = [place + [option] + (isPlan ? ["--plan"] : [])] + (isPlan ? [] : [booking + ["--sweep"]])
        let stages = [booking + ["--tracks"]] + fetching + revision
        return try stages.map { command throws(Failure) in try Executable(command) }
    }

    /// A path of the library as people say it.
    func shortly(_ path: String) -> String {
        let own = [library, realPath(library) ?? library].first { path.utf8.starts(with: "\($0)/".utf8) }
        return own.map { String(decoding: path.utf8.dropFirst($0.utf8.count + 1), as: UTF8.self) } ?? path
    }

    /// As `--option VALUE` or `--option=VALUE`, the last one if there are several.
    static func value(of option: String, in command: [String]) -> String? {
        let joined = command.last { $0.hasPrefix("\(option)=") }.map { String($0.dropFirst(option.count + 1)) }
        guard let index = command.lastIndex(of: option), index + 1 < command.count else { return joined }
        return command[index + 1]
    }
}
