import Testing
import Wire

@testable import resolve

@Suite struct SourceHelloTests {
    private func hello(_ text: String) throws -> SourceHello {
        try SourceHello(try #require(try JSON(parsing: Array(text.utf8)).object))
    }

    @Test func `a link that begins as the source says is one of its pages`() throws {
        let hello = try hello(
            #"{"kind":"hello","pages":{"https://www.example.org/details/":"album","https://www.example.org/list/":"playlist"}}"#
        )
        func text(_ link: String) -> String? { hello.reference(ofPage: link, name: "ia")?.text }
        #expect(text("https://www.example.org/details/a-1_b.c?x=1") == "ia:album:a-1_b.c")
        #expect(text("https://www.example.org/list/7/more#here") == "ia:playlist:7")
        #expect(text("https://www.example.org/details/") == nil)
        #expect(text("https://www.example.org/other/7") == nil)
    }

    @Test func `a page may be a list of a kind of the source's own, which gets the whole path`() throws {
        let hello = try hello(#"{"kinds":["item","search"],"pages":{"https://x/details/":"item"}}"#)
        func text(_ link: String) -> String? { hello.reference(ofPage: link, name: "ia")?.text }
        #expect(hello.kinds == ["item", "search"])
        #expect(text("https://x/details/a/CD1/b%20c.mp3?x#y") == "ia:item:a/CD1/b%20c.mp3")
        #expect(text("https://x/details/a/") == "ia:item:a")
        #expect(text("https://x/details//") == nil)
    }

    @Test(arguments: [
        #"{"kinds":"item"}"#, #"{"kinds":["album"]}"#, #"{"kinds":["An item"]}"#,
        #"{"kinds":["shelf"],"pages":{"https://x/":"item"}}"#, #"{"base":"http://x"}"#,
        #"{"base":[1]}"#, #"{"pages":{"https://x/":"poem"}}"#, #"{"pages":{"https://x/":7}}"#
    ])
    func `members of another shape are refused`(text: String) {
        let failure = #expect(throws: Failure.self) { try hello(text) }
        #expect(failure?.code == "bad_record")
    }

    @Test func `the name and the command of a source are told apart, and a command that is not there is noticed`()
        throws
    {
        let named = try NamedProgram("shelf=cat -u X=1")
        #expect(named.name == "shelf" && named.command == "cat -u X=1")
        for command in [
            "shelf", "shelf= ", "sh elf=cat", "album=cat", "=cat", "shelf=no-such-program-anywhere -x",
            "shelf=./no-such-program"
        ] {
            #expect(throws: (any Error).self) { try NamedProgram(command) }
        }
        // Only the shell knows what these are.
        for command in ["shelf=cd / && ./x", "shelf=MODE=1 ./x", "shelf='./my x'"] {
            #expect(throws: Never.self) { try NamedProgram(command) }
        }
    }
}
