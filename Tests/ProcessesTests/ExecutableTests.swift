import Testing
import Wire

@testable import Processes

@Suite struct ExecutableTests {
    @Test func `a name is found on PATH`() throws {
        let shell = try Executable(["sh", "-c", "true"])
        #expect(shell.path.hasSuffix("/sh") && shell.arguments == ["sh", "-c", "true"] && !shell.isNative)
    }

    @Test(arguments: ["no-such-program-anywhere", "./no-such-program", "/etc/passwd", "/etc", ""])
    func `what cannot be run is a matter of set-up`(name: String) {
        do {
            _ = try Executable([name])
            Issue.record("found")
        } catch {
            #expect(error.class == .config && error.code == "no_program")
        }
    }
}
