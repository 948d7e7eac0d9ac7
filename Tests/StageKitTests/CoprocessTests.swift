import Glibc
import Testing

@testable import StageKit

@Suite struct CoprocessTests {
    init() { signal(SIGPIPE, SIG_IGN) }

    private func silence(_ command: String, limit: Int = 1000, seconds: Double = 20) -> Coprocess.Silence? {
        #expect(throws: Coprocess.Silence.self) {
            try Coprocess(command, limit: limit).exchange([120], seconds: seconds, mustDrop: { false })
        }
    }

    @Test func `lines leave and come one by one`() throws {
        let process = try Coprocess("cat", limit: 100)
        try process.write(Array("one\ntwo".utf8)[...], seconds: 20, mustDrop: { false })
        #expect(try process.readLine(seconds: 20, mustDrop: { false }) == Array("one".utf8))
        #expect(try process.readLine(seconds: 20, mustDrop: { false }) == Array("two".utf8))
        #expect(process.stray == nil)
        #expect(process.finish(seconds: 20))
    }

    @Test func `a line of a megabyte comes whole`() throws {
        let process = try Coprocess("read l; head -c 1000000 /dev/zero | tr '\\0' x; echo", limit: 1 << 20)
        #expect(try process.exchange([120], seconds: 60, mustDrop: { false }).count == 1_000_000)
    }

    @Test func `each silence has its name`() {
        #expect(silence("read l; exit 3") == .ended)
        #expect(silence("cat > /dev/null", seconds: 0.3) == .late)
        #expect(silence("read l; exec head -c 200000 /dev/zero", limit: 1000) == .tooLong)
    }

    @Test func `what is written unasked is seen`() throws {
        let process = try Coprocess("read l; echo one; echo two; cat", limit: 100)
        _ = try process.exchange([120], seconds: 20, mustDrop: { false })
        while process.stray == nil { usleep(1000) }
        guard case .wrote(let text) = process.stray else { throw Coprocess.Silence.ended }
        #expect(text == Array("two\n".utf8))
    }

    @Test func `it has the variables that it is given and no other`() throws {
        let process = try Coprocess("read l; echo \"$ONE $HOME\"", environment: ["ONE=1"], limit: 100)
        #expect(try process.exchange([120], seconds: 20, mustDrop: { false }) == Array("1 ".utf8))
    }

    @Test func `whether it ended with its input is known`() throws {
        #expect(try Coprocess("cat; exit 3", limit: 100).finish(seconds: 20))
        #expect(try !Coprocess("exec sleep 60", limit: 100).finish(seconds: 0.1))
    }
}
