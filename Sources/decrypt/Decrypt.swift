import ArgumentParser
import Files
import StageKit
import Stripe
import Wire

/// Decrypts a spooled file into a new file beside it; the only program that reads keys.
@main struct Decrypt: Stage {
    static let profile = Profile(
        name: "decrypt", abstract: "Decrypt spooled files; clear files pass unchanged.",
        discussion: """
            With --raw it is a plain byte filter from stdin to stdout, without records:

              decrypt --raw --key-file key.txt --every 3 < wrapped.flac > clear.flac

            The key file holds one line of hex digits. Like the keyring, it must be readable by its owner only.
            """,
        reads: ["media", "file"], writes: ["file"], window: 16, replicas: 64)

    @Option(help: ArgumentHelp("File of keys, one KEY_ID HEX per line; # begins a comment line.", valueName: "file"))
    var keyring: String?

    @Option(
        help: ArgumentHelp(
            "Program that is asked for keys that the keyring lacks, one line of JSON each way.", valueName: "command"))
    var keyCommand: String?

    @Flag(help: "Filter bytes from stdin to stdout.")
    var raw = false

    @OptionGroup(title: "Raw options") var filter: Filter

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if raw, keyring != nil || keyCommand != nil { throw ValidationError("--raw takes its key from --key-file") }
        if raw, filter.keyFile == nil { throw ValidationError("--raw needs --key-file") }
        if !raw, filter.isAsked { throw ValidationError("--key-file, --every, --chunk and --iv go with --raw") }
    }

    func bypass() throws(Failure) -> ExitStatus? {
        guard raw else { return nil }
        return try filter.run()
    }

    var details: JSONObject {
        var object = JSONObject()
        let needs = Needs(
            reads: [keyring].compactMap { $0 }.map(absolute) + filesNamed(in: keyCommand ?? ""),
            writes: ["$SEGUE_SPOOL"], startsPrograms: keyCommand != nil)
        object["needs"] = needs.json
        return object
    }

    func open(_ channels: Channels) throws(Failure) -> (keys: Keys, channels: Channels) {
        let ring = try keyring.map { path throws(Failure) in
            try KeyringFile(path, tell: channels.note)
        }
        let command = keyCommand.map { KeyCommand($0, mustDrop: { channels.mustDrop }) }
        return (Keys(ring: ring, command: command), channels)
    }

    func work(on record: Record, in session: (keys: Keys, channels: Channels)) throws(Failure) -> StageAnswer {
        guard let file = try record.file else {
            throw record.lacksFile ?? .config("no_file", "the record has no file: put fetch before decrypt")
        }
        guard let cipher = file.cipher else { return .unchanged }
        let unwrapping = try Unwrapper(of: file, cipher, media: try record.media, in: record)
        let sha256: String
        if let known = try unwrapping.existing() {
            sha256 = known
        } else {
            sha256 = try unwrapping.run(try session.keys.key(cipher.keyID), session.channels)
        }
        return .record(unwrapping.answer(to: record, sha256: sha256))
    }

    func close(_ session: (keys: Keys, channels: Channels)) -> ExitStatus {
        session.keys.close()
        return .ok
    }
}
