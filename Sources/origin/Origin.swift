import ArgumentParser
import FlyingFox
import Foundation
import Glibc
import Wire

/// Serves a music folder as a catalog and its files as media, encrypted or clear, with faults on demand.
@main struct Origin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "origin", abstract: "Serve a music folder as a catalog with media, for demonstrations and tests.",
        discussion: """
            Tracks, albums and playlists are numbered from 1; playlist 1 is the whole folder, the others are its M3U files.

              origin Music --keyring keys.txt --plan faults.ndjson --verbose
              curl http://127.0.0.1:8098/playlist/1/tracks

            A plan has one fault per line, for the first N requests (tries) of one track or of every track ("*"):

              {"track":7,"fault":"throttle","tries":2,"retry_after_s":1}

            Faults: \(Fault.Kind.allCases.map(\.rawValue).joined(separator: ", ")).
            """,
        version: Version.project)

    @Argument(help: "The folder, searched recursively.") var folder: String

    @Option(help: ArgumentHelp("IPv4 address and port to listen on; port 0 picks a free one.", valueName: "host:port"))
    var listen = "127.0.0.1:8098"

    @Option(
        help: ArgumentHelp(
            "File of keys, one KEY_ID HEX per line; missing keys are created and added.", valueName: "file"))
    var keyring: String?

    @Flag(help: "Serve the files as they are, not encrypted.") var clear = false

    @Option(help: ArgumentHelp("Bytes per chunk, a multiple of 8.", valueName: "bytes")) var chunk = 2048

    @Option(help: ArgumentHelp("Encrypt every Nth chunk.", valueName: "n")) var every = 3

    @Option(
        help: ArgumentHelp(
            "How long a URL in a manifest is valid. (default: no limit)", valueName: "seconds"))
    var expires: Int?

    @Option(help: ArgumentHelp("Planned faults, one JSON object per line.", valueName: "file")) var plan: String?

    @Option(help: ArgumentHelp("Append one line per request to this file.", valueName: "file")) var log: String?

    @Flag(help: "Write one line per request to stderr.") var verbose = false

    func validate() throws {
        if let flaw = Arguments.flaw { throw ValidationError(flaw) }
        guard Endpoint(listen) != nil else {
            throw ValidationError("--listen takes an IPv4 address and a port up to 65535, such as 127.0.0.1:8098")
        }
        if clear == (keyring != nil) { throw ValidationError("give --keyring FILE, or --clear to serve without keys") }
        if let expires, expires < 1 { throw ValidationError("--expires takes a number of seconds from 1") }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        do {
            try await serve()
        } catch let failure as Failure {
            writeToStandardError("origin: \(failure.message)\n")
            throw ExitCode(failure.class == .config ? 78 : failure.class == .permanent ? 64 : 69)
        }
    }

    private func serve() async throws {
        guard let endpoint = Endpoint(listen) else { return }
        let log = try Log(file: log, isVerbose: verbose)
        let plan = try plan.map { try FaultPlan(readingFile: $0) } ?? FaultPlan()
        let shelf = try Shelf(folder: folder)
        let wrapping = try keyring.map {
            try Wrapping(keyringFile: $0, songs: shelf.songs.count, chunkBytes: chunk, every: every)
        }
        let media = MediaServer(
            wrapping: wrapping, digests: Digests(wrapping: wrapping), faults: Faults(plan), lifetime: expires)
        try await endpoint.serve(Service(shelf: shelf, media: media, log: log, address: listen)) { address in
            log.note("serving \(shelf.songs.count) tracks on http://\(address)")
        }
    }
}
