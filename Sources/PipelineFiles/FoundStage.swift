import Files
import Glibc
import Processes
import Wire

/// A stage of a pipeline whose program was found, and asked what it is.
package struct FoundStage: Equatable, Sendable {
    package let stage: Pipeline.Stage
    package let executable: Executable
    /// Nil for a program that was not asked.
    package let description: Description?
    /// Whether it is held to what it needs.
    var isJailed = true

    /// What its processes are held to; nil for nothing.
    package var jail: Jail? {
        guard isJailed else { return nil }
        let granted = stage.needs ?? Needs()
        guard executable.isNative else { return Jail(granted, isNative: false) }
        // One of ours that does not say what it needs starts a program that has to gain rights.
        return (description?.needs).map { Jail($0.joined(with: granted), isNative: true) }
    }

    /// The kinds that it works on; nil if unknown, and then it gets all of them.
    package var kinds: Set<String>? { stage.kinds.map(Set.init) ?? description?.kinds }

    /// The sections that it writes, as far as they are known.
    package var writes: [String] { stage.writes ?? description?.writes ?? [] }

    /// Whether it renews a record whose media is stale.
    package var writesMedia: Bool { writes.contains("media") && !listsRows }

    /// Whether it only lists collections, and leaves looking up their tracks to a later stage.
    package var listsRows: Bool { description?.rows ?? false }

    /// Whether it brings files into the spool. Decrypt writes `file` too, but only makes files from others.
    package var fetches: Bool { description.map { $0.roles.contains(.fetch) } ?? writes.contains("file") }

    /// The absolute path of the library that it works with; nil if it does not report one.
    package var library: String? { description?.library.map(absolute) }

    /// Whether it wants to know how many tries a record has left.
    package var wantsTries: Bool { description?.reads.contains("tries_left") ?? false }

    /// The names of the catalogs that it asks; nil if it does not report them.
    package var catalogs: [String]? { description?.catalogs }

    /// The names of those of them that may have lists of kinds of their own.
    package var sources: [String] { description?.sources ?? [] }

    /// How many records one replica has in hand at most, or the size of a batch; nil if that follows from how long it takes.
    package var window: Int? {
        if let window = stage.window { return window }
        if stage.mode == .batch { return Pipeline.Stage.standardBatch }
        return description?.window.map { min(max($0, windowRange.lowerBound), windowRange.upperBound) }
    }

    /// How many records one replica works on at once.
    package var workers: Int { max(1, description?.workers ?? 1) }

    /// How many replicas it has; if the pipeline file does not say, no more than there are processors.
    package var replicas: Int {
        if let replicas = stage.replicas { return replicas }
        return max(1, min(description?.replicas ?? 1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    /// Whether members may come before its answers.
    package var expands: Bool { stage.mode == .expand || description?.mode == .expand }
}

extension FoundStage {
    /// Finds the program, and asks it what it is.
    ///
    /// - Throws: `no_program`, `no_description`, `bad_options`, or `bad_pipeline` where the file repeats what it reports (all
    ///   `config`), and what ``Child`` throws.
    package init(_ stage: Pipeline.Stage, isJailed: Bool = true) throws(Failure) {
        let executable = try Executable(stage.run)
        let isAsked = executable.isNative || stage.describes
        let jail = isJailed && !executable.isNative ? Jail(stage.needs ?? Needs(), isNative: false) : nil
        self.init(
            stage: stage, executable: executable,
            description: isAsked ? try Description(of: executable, jail: jail) : nil, isJailed: isJailed)
        guard description != nil else { return }
        for (key, value) in [("kinds", stage.kinds), ("writes", stage.writes)] where value != nil {
            throw .config("bad_pipeline", "\(stage.run[0]) reports its \(key) itself; leave out \(key)")
        }
    }
}

extension FoundStage {
    package func has(_ role: Role) -> Bool { description?.roles.contains(role) ?? false }

    /// Its command with further arguments, before any `--`.
    package func command(with arguments: [String]) -> [String] {
        let end = stage.run.firstIndex(of: "--") ?? stage.run.endIndex
        return Array(stage.run[..<end]) + arguments + stage.run[end...]
    }

    /// The stage with `--pass`, if it can pass requests on and a later stage asks catalogs that this one does not.
    func passing(to later: ArraySlice<FoundStage>) throws(Failure) -> FoundStage {
        guard has(.pass) else { return self }
        let own = catalogs ?? []
        let others = later.flatMap { $0.catalogs ?? [] }
        guard others.contains(where: { !own.contains($0) }) else { return self }
        var stage = stage
        stage.run = command(with: ["--pass"])
        return FoundStage(
            stage: stage, executable: try Executable(stage.run), description: description, isJailed: isJailed)
    }
}

extension [FoundStage] {
    /// The index of the first stage that writes into the catalogue: it runs on one machine. The count of stages if none does.
    package var booking: Int { firstIndex { $0.writes.contains("recorded") } ?? count }

    /// The stages before that one, which may run anywhere.
    ///
    /// - Throws: `bad_pipeline` (`config`) if there are none.
    package var beforeBooking: ArraySlice<FoundStage> {
        get throws(Failure) {
            if booking > 0 { return self[..<booking] }
            throw .config(
                "bad_pipeline", "the first stage books in the catalogue: nothing is left that shards could do")
        }
    }

    /// The absolute path of the folder for finished files; nil if no stage that places or books them reports it.
    package var library: String? {
        let told = filter { $0.library != nil }
        return (told.first { $0.writes.contains("placed") } ?? told.first { $0.writes.contains("recorded") })?.library
    }
}

extension Pipeline {
    /// The stages whose programs were found, and what is wrong with the others.
    package func search() -> (stages: [FoundStage], mistakes: [Mistake]) {
        var found: [FoundStage] = []
        var mistakes: [Mistake] = []
        for stage in stages {
            do throws(Failure) {
                found.append(try FoundStage(stage, isJailed: jail != .off))
            } catch {
                mistakes.append(Mistake(line: stage.line, text: "stage \(stage.name): \(error.message)"))
            }
        }
        for recipient in recipients.map(\.stage) {
            do throws(Failure) { _ = try FoundStage(recipient, isJailed: jail != .off) } catch {
                mistakes.append(Mistake(line: recipient.line, text: "tell \(recipient.name): \(error.message)"))
            }
        }
        if inbox != nil, mistakes.isEmpty, !found.contains(where: { $0.has(.intake) }) {
            mistakes.append(Mistake(line: 1, text: "there is an inbox, but \(KnownCatalogs.noIntake)"))
        }
        return (found, mistakes)
    }

    /// The first stage that has a role.
    ///
    /// - Throws: `no_role` (`config`) if none has it.
    package func stage(_ role: Role, in stages: [FoundStage]) throws(Failure) -> FoundStage {
        if let stage = stages.first(where: { $0.has(role) }) { return stage }
        let unasked = stages.filter { $0.description == nil }.map(\.stage.name)
        let hint = unasked.isEmpty ? "" : " (not asked: \(unasked.joined(separator: ", ")))"
        throw .config(
            "no_role",
            "no stage of \(path) has the role \(role.rawValue)\(hint); a program of your own reports its roles with --describe, and is asked if the pipeline file says describe: true"
        )
    }

    /// All stages, each with its program.
    ///
    /// - Throws: `bad_pipeline` (`config`) with all that is wrong, a line each.
    package func foundStages() throws(Failure) -> [FoundStage] {
        let (stages, mistakes) = search()
        guard mistakes.isEmpty else { throw mistakes.failure(in: path) }
        return try stages.indices.map { index throws(Failure) in
            try stages[index].passing(to: stages[(index + 1)...])
        }
    }
}
