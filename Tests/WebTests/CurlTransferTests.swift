import Testing
import Wire

@testable import Web

@Suite struct CurlTransferTests {
    private func head(_ lines: String...) throws -> Head {
        let transfer = CurlTransfer(
            Request(url: "http://h/"), to: try Target("http://h/"), shouldStop: { false },
            onHead: { _ throws(Failure) in },
            onBody: { _ throws(Failure) in })
        for line in lines { Array("\(line)\r\n".utf8).withUnsafeBytes { transfer.header($0) } }
        return transfer.head
    }

    @Test func `a field's name is in lower case, and its value without white space around it`() throws {
        let head = try head(
            "HTTP/1.1 200 OK", "Content-Type: \t audio/flac; a=b  ", "X-Empty:", "X-Link: http://h/ü x:y", "no field",
            "")
        #expect(
            head.fields == [
                "content-type": "audio/flac; a=b", "x-empty": "", "x-link": "http://h/ü x:y"
            ])
    }

    @Test func `another status line begins a new head`() throws {
        let head = try head("HTTP/1.1 100 Continue", "A: 1", "", "HTTP/1.1 206 Partial Content", "B: 2", "b: 3")
        #expect(head.status == 206 && head.fields == ["b": "3"])
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK", 200), ("HTTP/1.1 204", 204), ("HTTP/2 404 ", 404), ("ICY 200 OK", 200),
        ("HTTP/1.1  200", 200),
        ("HTTP/1.1", 0), ("HTTP/1.1 many", 0)
    ])
    func `a status is the number in its line`(line: String, status: Int) throws {
        #expect(try head(line).status == status)
    }
}
