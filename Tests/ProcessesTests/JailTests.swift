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
        #expect(jail.explained("cat: x: Permission denied").contains("needs"))
        #expect(jail.explained("cat: x: No such file") == "cat: x: No such file")
        #expect(Jail(Needs(), isNative: true).explained("Permission denied") == "Permission denied")
    }

    @Test func `a path begins with the value of its variable, or is none`() throws {
        let needs = Needs(reads: ["$A/b", "$NONE/c", "/d"], writes: ["$A"])
        let paths = JailPaths(Jail(needs, isNative: false), try Executable(["sh"]), ["A": "/a"])
        #expect(paths.granted.reads == ["/a/b", "/d"] && paths.granted.writes == ["/a"])
    }

    @Test func `a file that a command names may be read, and a folder may not`() throws {
        let command = try Executable(["sh", "/etc/passwd", "--table=/etc/group", "/etc"])
        let paths = JailPaths(Jail(Needs(), isNative: false), command, [:])
        #expect(paths.read.suffix(2) == ["/etc/passwd", "/etc/group"])
    }
}
