import NIOHTTP1
import Testing
import Wire

@testable import Server

private func head(_ method: HTTPMethod = .GET, _ uri: String = "/v1/stats", _ fields: [(String, String)])
    -> HTTPRequestHead
{
    HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: HTTPHeaders(fields))
}

@Suite struct GateTests {
    @Test(arguments: [
        ("127.0.0.1:7333", 0), ("localhost", 0), ("[::1]:1", 0), ("[::1]", 0), ("10.0.0.7", 0), ("example.org", 421),
        ("", 400), (":80", 400), ("[", 400), ("music.home", 0),
        ("MUSIC.home:1", 0)
    ]) func `only names that are ours are answered`(host: String, status: Int) {
        let refusal = Gate(token: nil, names: ["Music.Home"]).refusal(of: head(.GET, "/v1/stats", [("Host", host)]))
        #expect(refusal?.status ?? 0 == status)
    }

    @Test func `one host is what a request has`() {
        let gate = Gate(token: nil)
        #expect(gate.refusal(of: head(.GET, "/", []))?.status == 400)
        #expect(gate.refusal(of: head(.GET, "/", [("Host", "localhost"), ("Host", "localhost")]))?.status == 400)
    }

    @Test func `a token has to be the whole one`() {
        let gate = Gate(token: "0123456789abcdef")
        for (value, isRight) in [
            ("Bearer 0123456789abcdef", true), ("Bearer 0123456789abcdeF", false), ("Bearer 0123456789abcde", false),
            ("Bearer", false), ("", false),
            ("Basic OjAxMjM0NTY3ODlhYmNkZWY=", true), ("Basic eDowMTIzNDU2Nzg5YWJjZGVm", true),
            ("Basic MDEyMzQ1Njc4OWFiY2RlZg==", false)
        ] {
            let refusal = gate.refusal(of: head(.GET, "/", [("Host", "localhost"), ("Authorization", value)]))
            #expect((refusal == nil) == isRight, "\(value)")
        }
        #expect(gate.refusal(of: head(.GET, "/", [("Host", "localhost"), ("Cookie", "segue=0123456789abcdef")])) == nil)
        #expect(
            gate.refusal(of: head(.GET, "/", [("Host", "localhost"), ("Cookie", "xsegue=0123456789abcdef")]))?.status
                == 401)
    }
}

@Suite struct TargetTests {
    @Test func `a path is decoded segment by segment`() {
        let target = RequestTarget("/v1/items/a%2Fb%3A%C3%BC/cover?q=a+b%26&x&y=")
        #expect(target?.path == ["v1", "items", "a/b:ü", "cover"])
        #expect(target?.query == ["q": "a b&", "x": "", "y": ""])
    }

    @Test(arguments: ["", "*", "http://h/", "/%ff", "/%zz", "/%2", "/?a=%ff"]) func `what is no path is none`(
        text: String
    ) {
        #expect(RequestTarget(text) == nil)
    }
}

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:7333", true), ("localhost:0", true), ("[::1]:80", true), ("0.0.0.0:80", false), ("[::]:80", false),
        ("192.168.1.2:80", false)
    ]) func `an address is known by who can reach it`(text: String, isLoopback: Bool) throws {
        #expect(try ListenAddress(text).isLoopback == isLoopback)
    }

    @Test(arguments: [
        ("", "the port is missing"), ("80", "the port is missing"), ("127.0.0.1", "the port is missing"),
        ("[::1]", "the port is missing"), ("127.0.0.1:x", "65535"),
        ("127.0.0.1:70000", "65535"), ("::1:80", "not an IP address"), ("[127.0.0.1]:80", "not an IP address"),
        ("example.org:80", "not an IP address")
    ])
    func `what is none is refused, and the right form is told`(text: String, words: String) {
        let failure = #expect(throws: Failure.self) { try ListenAddress(text) }
        #expect(failure?.message.contains(words) == true)
    }
}
