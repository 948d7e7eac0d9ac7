import Testing
import Wire

@testable import Files

@Suite struct FileLinkTests {
    @Test(
        arguments: [
            ("a.mp3", ["/l/a.mp3"]), ("./b/../a.mp3", ["/l/b/../a.mp3"]), ("/m/a.mp3", ["/m/a.mp3"]),
            ("a%20b.mp3", ["/l/a%20b.mp3", "/l/a b.mp3"]), ("100%.mp3", ["/l/100%.mp3"]),
            ("a%FF.mp3", ["/l/a%FF.mp3"]), ("Live: one #2?.mp3", ["/l/Live: one #2?.mp3"]),
            ("file:///m/a.mp3", ["/m/a.mp3"]), ("file:/m/a.mp3", ["/m/a.mp3"]),
            ("FILE://LocalHost/m/%C3%A9.mp3", ["/m/%C3%A9.mp3", "/m/é.mp3"]),
            ("file:///m/a%23.mp3#t=1", ["/m/a%23.mp3#t=1", "/m/a#.mp3#t=1", "/m/a#.mp3"]),
            ("file://nas/m/a.mp3", []), ("http://h/a.mp3", []), ("ftp://h/a.mp3", [])
        ] as [(String, [String])])
    func `a text leads to a file as it is written, and then as it is decoded`(text: String, paths: [String]) {
        #expect(FileLink.paths(text, beside: "/l") == paths)
    }

    @Test func `a list on another machine's disk is none here`() {
        let failure = #expect(throws: Failure.self) { try ListPath.absolute("file://nas/m/a.m3u") }
        #expect(failure?.class == .permanent && failure?.code == "bad_url")
    }

    @Test(arguments: ["/none/such.m3u", "/tmp"])
    func `a list that cannot be there is told at once`(path: String) {
        #expect(throws: Failure.self) { try ListPath.check(path) }
    }
}
