import Glibc
import Testing
import Wire

@testable import decrypt

@Suite struct KeyCommandTests {
    /// As StageKit does, so that a question to a program that is gone is an error and no signal.
    init() { signal(SIGPIPE, SIG_IGN) }

    private func failure(_ command: String, patience: Double = 20) -> Failure? {
        #expect(throws: Failure.self) { try KeyCommand(command, patience: patience).key("k1") }
    }

    @Test func `one program answers many questions`() throws {
        let command = KeyCommand(
            "n=0; while read line; do n=$((n+1)); echo '{\"key_id\":\"k1\",\"key_hex\":\"0011223'$n'\"}'; done")
        #expect(try command.key("k1")?.hexadecimal == "00112231")
        #expect(try command.key("k1")?.hexadecimal == "00112232")
        command.close()
    }

    @Test func `a key that it has not is nil`() throws {
        #expect(try KeyCommand("read l; echo '{\"key_id\":\"k1\",\"missing\":true}'").key("k1") == nil)
    }

    @Test(arguments: [
        "read l; echo '{\"key_id\":\"k2\",\"key_hex\":\"00112233\"}'", "read l; echo garbage; cat",
        "read l; echo '{\"key_id\":\"k1\",\"key_hex\":\"5ec2e7\"}'", "read l; echo '{\"key_id\":\"k1\"}'", "exit 3",
        "read l", "no-such-program-anywhere", "read l; exec head -c 70000 /dev/zero"
    ])
    func `anything but a right answer may work later`(command: String) {
        let failure = failure(command)
        #expect(failure?.class == .transient)
        #expect(failure?.code == "key_command")
        #expect(failure?.message.contains("5ec2e7") == false)
    }

    @Test func `a silent program is given up`() {
        #expect(failure("cat > /dev/null", patience: 0.3)?.message == "the key command does not answer")
    }

    @Test func `a question larger than a pipe waits no longer than the patience`() {
        let command = KeyCommand("sleep 60", patience: 0.3)
        let failure = #expect(throws: Failure.self) { try command.key(String(repeating: "k", count: 200_000)) }
        #expect(failure?.code == "key_command")
    }

    @Test func `a stop is seen in the midst of waiting`() {
        let command = KeyCommand("cat > /dev/null", patience: 20, mustDrop: { true })
        let failure = #expect(throws: Failure.self) { try command.key("k1") }
        #expect(failure?.code == "stopped")
    }

    @Test func `after a failure the program is started anew`() throws {
        let marker = "/tmp/decrypt-tests-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(marker) }
        let answer = "echo '{\"key_id\":\"k1\",\"key_hex\":\"00112233\"}'"
        let command = KeyCommand("read l; if [ -e \(marker) ]; then \(answer); cat; else touch \(marker); fi")
        #expect(throws: Failure.self) { try command.key("k1") }
        #expect(try command.key("k1")?.hexadecimal == "00112233")
    }

    @Test func `it gets no descriptor of ours and no signal that we ignore`() throws {
        let leak = open("/dev/null", O_RDONLY)
        defer { close(leak) }
        // Stdin, stdout, stderr, and the folder that the shell itself reads.
        let check = "set -- /proc/$$/fd/*; [ $# -le 4 ] && grep -q '^SigIgn:.*0000$' /proc/$$/status"
        let command = KeyCommand("read l; \(check) && echo '{\"key_id\":\"k1\",\"key_hex\":\"00112233\"}'")
        #expect(try command.key("k1") != nil)
    }
}
