import Files
import Processes
import Wire

/// The stages of a pipeline that know its library: booked tracks go through them again, and no audio is fetched.
package struct LibraryStages {
    /// The absolute path of the library's folder.
    package let library: String
    /// The role that says what is done to the files.
    private let role: Role
    private let reviser: FoundStage
    private let booker: FoundStage
    /// Fetches covers that could not be fetched before.
    private let covers: FoundStage?

    /// Finds the stages by their roles.
    ///
    /// - Throws: `no_role` (`config`) if no stage has a role that this needs, `no_library` (`config`) if none reports
    ///   the library, and `bad_pipeline` (`config`).
    package init(_ pipeline: Pipeline, for role: Role) throws(Failure) {
        let found = try pipeline.foundStages()
        (reviser, booker) = (try pipeline.stage(role, in: found), try pipeline.stage(.tracks, in: found))
        (self.role, covers) = (role, found.first { $0.has(.covers) })
        guard let library = found.library else { throw pipeline.lacksLibrary }
        self.library = library
    }

    /// The programs that print what is booked, revise it, and book it again, unless it is only a plan.
    ///
    /// - Throws: `no_program` (`config`).
    package func revising(isPlan: Bool) throws(Failure) -> [(executable: Executable, jail: Jail?)] {
        var sweeping = booker.jail
        sweeping?.needs.writes.append("$SEGUE_SPOOL")
        let fetching = role == .retag && !isPlan ? covers.map { [($0.stage.run, $0.jail)] } ?? [] : []
        let revision = reviser.command(with: ["--\(role.rawValue)"] + (isPlan ? ["--plan"] : []))
        let booking = isPlan ? [] : [(booker.command(with: ["--sweep"]), sweeping)]
        let commands =
            [(booker.command(with: ["--tracks"]), booker.jail)] + fetching + [(revision, reviser.jail)] + booking
        return try commands.map { command, jail throws(Failure) in
            (try Executable(command), isPlan ? jail?.touchingNothing : jail)
        }
    }

    /// The name of the program that revises the files.
    package var reviserName: String { lastPart(of: reviser.executable.path) }

    /// A path relative to the library, if it is in it.
    package func relativePath(_ path: String) -> String {
        let own = [library, realPath(library) ?? library].first { path.utf8.starts(with: "\($0)/".utf8) }
        return own.map { String(decoding: path.utf8.dropFirst($0.utf8.count + 1), as: UTF8.self) } ?? path
    }
}

extension Pipeline {
    /// The failure if no stage that places or books files says which library it uses.
    package var lacksLibrary: Failure {
        .config("no_library", "no stage of \(path) that writes placed or recorded reports its library with --describe")
    }
}
