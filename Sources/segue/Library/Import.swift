import ArgumentParser
import Catalogue
import Display
import Files
import Foundation
import Processes
import Wire

/// Adds files that the user already has to the catalogue.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take a folder of music into a library's catalogue, so that nothing in it is fetched again.",
        discussion: """
            Reads tags and bytes of all audio below the folder that the catalogue does not have as it is now; the files \
            are not touched. A file that carries the id of its track belongs to that track; any other is found by its \
            ISRC, or by artist, title, album and length, when resolve --library comes across the recording. Files that \
            were moved, or whose tags were edited, are booked as they are now.

              segue import Music --dry-run
              segue import Music/Ripped --library Music
              segue import --archive archive.txt --library Music --catalog home

            Only regular files count. A file whose name is not UTF-8 is reported as misnamed, and skipped.

            Exit status 1: a file or a folder could not be read.
            """)

    @OptionGroup var jail: JailOption

    @Argument(help: "The folder, in the library.", completion: .directory)
    var folder: String?

    @Option(
        help: ArgumentHelp("The library, if that is not the folder itself.", valueName: "dir"), completion: .directory)
    var library: String?

    @Option(
        help: ArgumentHelp(
            "A list of tracks that you keep elsewhere, and that are not to be fetched: ID or NAME ID, one per line.",
            valueName: "file"),
        completion: .file())
    var archive: String?

    @Option(help: ArgumentHelp("The catalog of ids, in --archive and in tags, that name none.", valueName: "name"))
    var catalog = Reference.unnamedCatalog

    @Option(help: ArgumentHelp("Files read at once. (default: the number of processors)", valueName: "n"))
    var jobs: Int?

    @Flag(help: "Forget the imported files that no catalog track has claimed; the files themselves stay.")
    var undo = false

    @Flag(
        help: """
            Put the catalogue aside first, if it is damaged, and make a new one from the files; only while no driver is \
            running. Playlists return when they are run again.
            """)
    var rebuild = false

    @Flag(help: "Only say what would be booked.")
    var dryRun = false

    @OptionGroup var output: OutputOption

    func validate() throws {
        guard parallelRange.contains(jobs ?? 1) else {
            throw ValidationError("--jobs takes 1 to \(parallelRange.upperBound)")
        }
        guard library ?? folder != nil else { throw ValidationError("name the folder, or the --library") }
        guard undo || folder != nil || archive != nil else { throw ValidationError("name the folder, or an --archive") }
        if undo, dryRun || archive != nil { throw ValidationError("--undo goes alone") }
        if rebuild, dryRun || undo || archive != nil || library != nil {
            throw ValidationError("--rebuild takes the library's folder alone")
        }
    }

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                guard let root = realPath(library ?? folder ?? "") else {
                    throw .config("no_folder", "there is no folder \(library ?? folder ?? "")")
                }
                if undo { return try forget(root) }
                if rebuild, let aside = try Catalogue.putAside(in: root) { complain("the old catalogue is \(aside)") }
                var status: Int32 = 0
                if let archive { try importTracks(inArchive: archive, into: root) }
                if let folder { status = try importTracks(in: try below(root, folder), into: root) }
                return status
            })
    }

    /// The folder's path relative to the library.
    private func below(_ root: String, _ folder: String) throws(Failure) -> String {
        guard let real = realPath(folder) else { throw .config("no_folder", "there is no folder \(folder)") }
        if real.utf8.elementsEqual(root.utf8) { return "" }
        guard real.utf8.starts(with: "\(root)/".utf8) else {
            throw .config("outside_library", "\(folder) lies outside \(root); move it there, or import it as a library")
        }
        return String(decoding: real.utf8.dropFirst(root.utf8.count + 1), as: UTF8.self)
    }

    private func importTracks(in folder: String, into root: String) throws(Failure) -> Int32 {
        let catalogue = try Catalogue(library: root, readOnly: true)
        if !dryRun { _ = try Catalogue(library: root) }
        let record = try Executable(["record", "--library", root])
        let booking = (executable: record, jail: try jail.holding(record))
        var (counts, read): ([OwnedFile.Kind: Int], Int) = ([:], 0)
        func tell(_ file: OwnedFile) {
            counts[file.kind, default: 0] += 1
            output.put(file.json, or: [file.line])
        }
        let (paths, others) = try files(of: catalogue, below: folder)
        // From here on signals are handled; until now, one ended the process at once.
        let (signals, screen) = (try Signals(), output.json ? nil : Screen())
        others.forEach(tell)
        while read < paths.count {
            let page = Array(paths[read..<min(read + 256, paths.count)])
            let found = sideBySide(page, jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount) { path in
                Signals.isEndAsked ? nil : catalogue.owned(path, catalog: catalog)
            }.compactMap(\.self)
            // Files that were not read must not be reported as booked.
            if Signals.isEndAsked { return ExitStatus.later.rawValue }
            guard try book(found.compactMap(\.record), with: booking, signals) else { return ExitStatus.later.rawValue }
            screen?.clear()
            found.forEach(tell)
            read += page.count
            screen?.draw([StyledLine("\(read)/\(paths.count) files")])
        }
        screen?.clear()
        let words = OwnedFile.Kind.allCases.compactMap { kind in counts[kind].map { "\($0) \(kind.rawValue)" } }
        complain("\(paths.count) files: " + (words.isEmpty ? "all in the catalogue" : words.joined(separator: ", ")))
        return counts[.unreadable] == nil ? 0 : ExitStatus.failed.rawValue
    }

    /// Sorted paths of the audio below the folder, without links that `record` made; and what cannot be read.
    private func files(
        of catalogue: Catalogue, below folder: String
    ) throws(Failure) -> (paths: [String], others: [OwnedFile]) {
        var (links, paths, others): (Set<Int>, [String], [OwnedFile]) = ([], [], [])
        try catalogue.eachLink { links.insert($0.utf8Hash) }
        AudioWalk(library: catalogue.library).each(below: folder) { entry in
            if let other = OwnedFile(told: entry) { others.append(other) }
            if case .file(let path) = entry, !links.contains(path.utf8Hash) { paths.append(path) }
        }
        return (paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, others)
    }

    /// Books the records; false if a signal asks to stop.
    private func book(_ records: [Record], with booking: (executable: Executable, jail: Jail?), _ signals: Signals)
        throws(Failure) -> Bool
    {
        if dryRun || records.isEmpty { return !signals.drain().contains(where: Signals.asksForTheEnd) }
        let pipe = try PlainPipe([booking], environment: Environment.forStages(hosts: "", spool: ""))
        var refused: Record?
        let isWhole = try pipe.run(records, signals) { line in
            guard case .text(let text) = line, let answer = try? Record(line: text) else { return }
            if answer.kind == "error" { refused = answer }
        }
        if let refused {
            throw .transient("not_booked", "\(refused.id): \(refused["message"]?.string ?? "record refused it")")
        }
        return isWhole
    }

    private func importTracks(inArchive archive: String, into root: String) throws(Failure) {
        let ids = try Archive(file: archive, catalog: catalog).ids
        var count = 0
        if !dryRun {
            count = try Catalogue(library: root).change(now: now()) { change throws(Failure) in
                var count = 0
                for id in ids where try change.keep(owned: id) { count += 1 }
                return count
            }
        }
        complain("\(archive): \(ids.count) ids" + (dryRun ? "" : ", \(count) new"))
    }

    private func forget(_ root: String) throws(Failure) -> Int32 {
        let count = try Catalogue(library: root).change(now: now()) { change throws(Failure) in
            try change.forgetImports()
        }
        complain("\(count) forgotten")
        return 0
    }

    private func now() -> String { Date.now.formatted(.iso8601) }
}
