import Files
import Processes
import Wire

/// The stages of a pipeline that know its library: what is booked there goes through them again, with nothing fetched.
package struct LibraryStages {
    /// The library's folder, absolute.
    package let library: String
    /// What is done to the files, by a stage of that role.
    private let role: Role
    private let reviser: FoundStage
    private let booker: FoundStage
    /// Brings covers that could not be had before.
    private let covers: FoundStage?

    /// Finds them by their roles.
    ///
    /// - Throws: `no_role` (`config`) where no stage has a role that this takes, `no_library` (`config`) where none tells the
    ///   library, and `bad_pipeline` (`config`).
    package init(_ pipeline: Pipeline, for role: Role) throws(Failure) {
        let found = try pipeline.foundStages()
        (reviser, booker) = (try pipeline.stage(role, in: found), try pipeline.stage(.tracks, in: found))
        (self.role, covers) = (role, found.first { $0.has(.covers) })
        guard let library = found.library else { throw pipeline.lacksLibrary }
        self.library = library
    }

    /// What is booked, revised, and booked again unless it is only a plan.
    ///
    /// - Throws: `no_program` (`config`).
    package func revising(isPlan: Bool) throws(Failure) -> [Executable] {
        let fetching = role == .retag && !isPlan ? [covers?.stage.run].compactMap(\.self) : []
        let revision = reviser.command(with: ["--\(role.rawValue)"] + (isPlan ? ["--plan"] : []))
        let booking = isPlan ? [] : [booker.command(with: ["--sweep"])]
        let commands = [booker.command(with: ["--tracks"])] + fetching + [revision] + booking
        return try commands.map { command throws(Failure) in try Executable(command) }
    }

    /// What the program is called that revises the files.
    package var reviserName: String { lastPart(of: reviser.executable.path) }

    /// A path of the library as people say it.
    package func relativePath(_ path: String) -> String {
        let own = [library, realPath(library) ?? library].first { path.utf8.starts(with: "\($0)/".utf8) }
        return own.map { String(decoding: path.utf8.dropFirst($0.utf8.count + 1), as: UTF8.self) } ?? path
    }
}

extension Pipeline {
    /// Where no stage that puts files into a library, or books them, says which.
    package var lacksLibrary: Failure {
        .config("no_library", "no stage of \(path) that writes placed or recorded tells its library by --describe")
    }
}
