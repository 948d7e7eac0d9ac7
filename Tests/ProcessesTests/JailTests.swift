import Glibc
import Testing
import Wire

@testable import Processes

@Suite struct JailTests {
    private let everything = [
        "PATH": "/bin", "LC_ALL": "C", "SEGUE_SPOOL": "/s", "https_proxy": "http://p", "XDG_STATE_HOME": "/x",
        "PASSWORD": "secret"
    ]

    @Test func `a stage of the user's has few variables, and those that it is granted`() {
        let few: Set = ["PATH", "LC_ALL", "SEGUE_SPOOL"]
        #expect(Set(Jail(Needs(), isNative: false).reduced(everything).keys) == few)
        #expect(
            Set(Jail(Needs(variables: ["PASSWORD"]), isNative: false).reduced(everything).keys)
                == few.union(["PASSWORD"]))
        #expect(
            Set(Jail(Needs(hasNetwork: true), isNative: false).reduced(everything).keys) == few.union(["https_proxy"]))
        #expect(Set(Jail(Needs(), isNative: true).reduced(everything).keys) == few.union(["XDG_STATE_HOME"]))
    }

    @Test func `a refusal names the jail, and nothing else does`() {
        let jail = Jail(Needs(), isNative: false)
        #expect(
            jail.explained("cat: x: Permission denied").hasPrefix("cat: x: Permission denied (the stage is confined"))
        #expect(jail.explained("cat: x: No such file") == "cat: x: No such file")
        #expect(Jail(Needs(), isNative: true).explained("Permission denied") == "Permission denied")
    }

    @Test func `a trap of the Swift runtime names what it may lack`() {
        let jail = Jail(Needs(), isNative: false)
        let hint = jail.hint(for: .signalled(SIGILL), nil)
        #expect(
            hint?.contains("needs: {read: [/proc]}") == true && jail.hint(for: .signalled(SIGTRAP), "reading") == hint)
        #expect(jail.hint(for: .signalled(SIGILL), "Fatal error: Index out of range") == nil)
        #expect(jail.hint(for: .signalled(SIGKILL), nil) == nil && jail.hint(for: .exited(1), nil) == nil)
        #expect(Jail(Needs(), isNative: true).hint(for: .signalled(SIGILL), nil) == nil)
        #expect(Jail(Needs(reads: ["/proc"]), isNative: false).hint(for: .signalled(SIGILL), nil) == nil)
    }

    @Test func `a hint is the key that grants what is lacking`() throws {
        let jail = Jail(Needs(), isNative: false)
        func hint(_ words: String, _ jail: Jail) -> String { jail.hint(for: words) ?? "" }
        #expect(hint("sh: 1: cannot create log: Permission denied", jail).contains("needs: {write: [FILE]}"))
        for words in [
            "curl: (6) Could not resolve host: x.example", "OSError: [Errno 101] Network is unreachable",
            "curl: (7) Failed to connect to x.example port 80 after 0 ms: Couldn't connect to server"
        ] {
            #expect(hint(words, jail).contains("needs: {network: true}"))
            #expect(
                jail.hint(for: words) != nil && Jail(Needs(hasNetwork: true), isNative: false).hint(for: words) == nil)
        }
        setenv("SEGUE_TEST_TOKEN", "x", 1)
        setenv("MUSIC_TEST_TOKEN", "x", 1)
        #expect(hint("KeyError: 'MUSIC_TEST_TOKEN'", jail).contains("needs: {env: [MUSIC_TEST_TOKEN]}"))
        // It gets the one, and the other is not set.
        #expect(
            jail.hint(for: "KeyError: 'SEGUE_TEST_TOKEN'") == nil && jail.hint(for: "KeyError: 'UNSET_TOKEN'") == nil)
        #expect(hint("sh: 0: Cannot fork", jail).contains("1024 processes"))
    }

    @Test func `what a stage of ours starts is held with it, and is told of`() {
        let source = Jail(Needs(hasNetwork: true, startsPrograms: true), isNative: true)
        #expect(source.hint(for: "shelf.py: Permission denied")?.contains("needs: {read: [FILE]}") == true)
    }

    @Test func `a path begins with the value of its variable, or is none`() throws {
        let needs = Needs(reads: ["$A/b", "$NONE/c", "/d"], writes: ["$A"])
        let paths = JailPaths(Jail(needs, isNative: false), try Executable(["sh"]), ["A": "/a"])
        #expect(paths.granted.reads == ["/a/b", "/d"] && paths.granted.writes == ["/a"])
    }

    @Test func `a file that a command names may be read, and a folder may not`() throws {
        let command = try Executable(["sh", "/etc/passwd", "--table=/etc/group", "/etc"])
        let paths = JailPaths(Jail(Needs(), isNative: false), command, [:])
        #expect(paths.run.suffix(2) == ["/etc/passwd", "/etc/group"])
    }
}
