import Files
import Glibc
import Processes
import Wire

/// Mail through the machine's own `sendmail`, which finds the recipients in the message.
struct MailWay: Way {
    let addresses: [String]
    let sender: String?
    let program: String
    let errand: Errand

    func send(_ notice: NoticeContent) throws(Failure) {
        let (ending, reason) = try errand.run([program, "-t", "-i"], input: message(notice))
        guard ending != .exited(0) else { return }
        let why = reason.map { ": \($0)" } ?? ""
        let message = "\(program) did not take the mail\(why)"
        // By sysexits.h: what is left are the wrong address and the wrong set-up.
        let isLater = [.exited(75), .exited(69), .exited(71), .exited(74)].contains(ending)
        if isLater { throw .transient("not_sent", message) }
        throw .config("not_sent", message)
    }

    /// The whole message, with lines that end in LF alone, as `sendmail` wants them.
    func message(_ notice: NoticeContent) -> String {
        let head = [
            sender.map { "From: \($0)" }, "To: \(addresses.joined(separator: ", "))",
            "Subject: \(encoded(notice.title))",
            "Date: \(notice.mailDate)", "Message-ID: <\(name(of: notice))@\(Self.host)>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64"
        ]
        let text = Array(base64(Array("\(notice.text)\n".utf8)).utf8)
        let lines = stride(from: 0, to: text.count, by: 76).map {
            String(decoding: text[$0..<min($0 + 76, text.count)], as: UTF8.self)
        }
        return (head.compactMap(\.self) + [""] + lines).map { "\($0)\n" }.joined()
    }

    /// The id with what a Message-ID may have.
    private func name(of notice: NoticeContent) -> String {
        String(notice.id.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "." })
    }

    /// A subject after RFC 2047, in words of at most 75 characters.
    private func encoded(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 > 0x7e }) else { return text }
        var words: [[UInt8]] = [[]]
        for character in text {
            if words[words.count - 1].count + character.utf8.count > 42 { words.append([]) }
            words[words.count - 1] += character.utf8
        }
        return words.filter { !$0.isEmpty }.map { "=?utf-8?B?\(base64($0))?=" }.joined(separator: "\n ")
    }

    private static let host: String = {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let text = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"<>@".utf8.contains($0) }
        return isPlain ? text : "localhost"
    }()
}
