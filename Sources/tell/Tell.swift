import ArgumentParser
import Files
import Glibc
import Limiter
import Processes
import StageKit
import Web
import Wire

/// Sends notices to people, or has a music server look for new files.
@main
struct Tell: Stage {
    static let profile = Profile(
        name: "tell",
        abstract: "Tell people what happened, or have a music server look for new files.",
        discussion: """
            Reads notices, as tell: in a pipeline file has a driver write them, and answers each once it is sent:

              tell --ntfy https://ntfy.example.org/music < notice.ndjson
            """,
        reads: ["notice"], writes: [], kinds: ["notice"])

    @Option(help: ArgumentHelp("POST it as JSON, signed if there is a secret.", valueName: "url"))
    var webhook: String?

    @Option(help: ArgumentHelp("The JSON that a webhook gets in place of the usual.", valueName: "file"))
    var body: String?

    @Option(help: ArgumentHelp("A topic of an ntfy server.", valueName: "url"))
    var ntfy: String?

    @Option(help: ArgumentHelp("Send mail to this address; repeatable.", valueName: "address"))
    var mail: [String] = []

    @Option(help: ArgumentHelp("Whom the mail is from. (default: what sendmail says)", valueName: "address"))
    var from: String?

    @Option(help: ArgumentHelp("The program that sends mail.", valueName: "file"))
    var sendmail = "/usr/sbin/sendmail"

    @Option(help: ArgumentHelp("Send it by Apprise with this configuration.", valueName: "file"))
    var apprise: String?

    @Option(help: ArgumentHelp("Have a Subsonic server scan its library.", valueName: "url"))
    var subsonic: String?

    @Option(help: ArgumentHelp("Have a Jellyfin server scan its library.", valueName: "url"))
    var jellyfin: String?

    @Option(help: ArgumentHelp("Have MPD update its database.", valueName: "host:port"))
    var mpd: String?

    @Option(
        help: ArgumentHelp(
            "A file that only you can read, with one NAME HOST SCHEME ARGS per line.", valueName: "file"))
    var credentials: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        let addresses = [webhook, ntfy, apprise, subsonic, jellyfin, mpd].compactMap(\.self)
        guard addresses.count + (mail.isEmpty ? 0 : 1) == 1 else {
            throw ValidationError("give one of --webhook, --ntfy, --mail, --apprise, --subsonic, --jellyfin and --mpd")
        }
        if body != nil, webhook == nil { throw ValidationError("--body goes with --webhook") }
        if addresses.contains(where: { WebLink.divided($0).userInfo != nil }) {
            throw ValidationError("others can see a password in an argument; put it into the file of --credentials")
        }
        if (mail + [from ?? ""]).contains(where: { $0.unicodeScalars.contains(where: \.isHarmful) }) {
            throw ValidationError("an address has no control characters")
        }
    }

    var details: JSONObject {
        var object = JSONObject()
        // To hand mail over, sendmail gains rights as a rule, which nothing in a jail can.
        guard mail.isEmpty else { return object }
        let named = [webhook, ntfy, subsonic, jellyfin].compactMap(\.self).filter { $0.hasPrefix("@") }
        // Often a link to where it is installed.
        let program = apprise == nil ? nil : try? Executable(["apprise"]).path
        let files = [body, credentials, apprise, program].compactMap(\.self) + named.map { String($0.dropFirst()) }
        let needs = Needs(
            reads: files.map(absolute), writes: ["$SEGUE_HOSTS"], hasNetwork: true,
            startsPrograms: apprise != nil)
        object["needs"] = needs.joined(with: CredentialsFile.needs(of: credentials)).json
        return object
    }

    func open(_ channels: Channels) throws(Failure) -> TellSession {
        TellSession(way: try way(channels))
    }

    func work(on record: Record, in session: TellSession) throws(Failure) -> StageAnswer {
        try session.send(try NoticeContent(record))
        return .unchanged
    }

    private func way(_ channels: Channels) throws(Failure) -> any Way {
        let errand = Errand(channels: channels)
        if !mail.isEmpty { return MailWay(addresses: mail, sender: from, program: sendmail, errand: errand) }
        if let apprise { return AppriseWay(configuration: apprise, errand: errand) }
        let credentials = try CredentialsFile(credentials, tell: { channels.note($0) })
        if let mpd { return try MPDWay(mpd, credentials) }
        let hosts = Hosts(folder: getenv("SEGUE_HOSTS").map { String(cString: $0) }, defaultRate: nil) {
            seconds throws(Failure) in
            try channels.wait(seconds: seconds)
        }
        let client = Client(
            hosts: hosts, credentials: credentials, userAgent: "segue/\(Version.project)",
            shouldStop: { channels.mustDrop })
        if let webhook {
            return WebhookWay(client: client, url: try address(webhook), template: try body.map(BodyTemplate.init))
        }
        if let ntfy { return try NtfyWay(client: client, topic: try address(ntfy)) }
        if let subsonic { return SubsonicWay(client: client, server: try address(subsonic)) }
        return JellyfinWay(client: client, server: try address(jellyfin ?? ""))
    }

    /// The address that an option gives, or, behind an `@`, the first line of a file that only its user can read.
    private func address(_ text: String) throws(Failure) -> String {
        guard text.hasPrefix("@") else { return text }
        let line = try secret(inFile: String(text.dropFirst())).split(separator: 10).first ?? []
        return Wanted.trimmed(String(decoding: line, as: UTF8.self))
    }
}
