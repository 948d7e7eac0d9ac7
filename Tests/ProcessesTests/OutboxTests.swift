import CPosix
import Glibc
import Testing

@testable import Processes

@Suite struct OutboxTests {
    /// A pipe that blocks nobody.
    private final class Pipe {
        private var reading: Int32
        let writing: Int32

        init() throws {
            var (reading, writing): (Int32, Int32) = (-1, -1)
            try #require(posix_pipe(&reading, &writing) == 0)
            for end in [reading, writing] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
            (self.reading, self.writing) = (reading, writing)
        }

        deinit {
            stopReading()
            close(writing)
        }

        func stopReading() {
            if reading >= 0 { close(reading) }
            reading = -1
        }

        func read() -> [UInt8] {
            var (all, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
            while case let count = Glibc.read(reading, &buffer, buffer.count), count > 0 { all += buffer[..<count] }
            return all
        }
    }

    @Test func `what is added comes out in its order, each line with its LF`() throws {
        let pipe = try Pipe()
        var outbox = Outbox()
        outbox.add(line: Array("one".utf8))
        outbox.add(Array("two".utf8)[1...])
        #expect(outbox.count == 6 && outbox.flush(to: pipe.writing) == .drained && outbox.isEmpty)
        #expect(pipe.read() == Array("one\nwo".utf8))
    }

    @Test func `what a pipe has no room for waits, and nothing is lost or doubled`() throws {
        let pipe = try Pipe()
        var outbox = Outbox()
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        outbox.add(bytes[...])
        #expect(outbox.flush(to: pipe.writing) == .full && !outbox.isEmpty)
        var read = pipe.read()
        outbox.add([1, 2, 3])
        while !outbox.isEmpty {
            let progress = outbox.flush(to: pipe.writing)
            #expect(progress == .full || progress == .drained)
            read += pipe.read()
        }
        #expect(read == bytes + [1, 2, 3])
    }

    @Test func `where nobody reads, what waits is dropped`() throws {
        signal(SIGPIPE, SIG_IGN)
        var outbox = Outbox()
        outbox.add(line: [65])
        let pipe = try Pipe()
        pipe.stopReading()
        #expect(outbox.flush(to: pipe.writing) == .closed && outbox.isEmpty)
        #expect(outbox.flush(to: pipe.writing) == .drained)
    }

    @Test func `what the system does not do is told with its reason, and waits`() {
        var outbox = Outbox()
        outbox.add(line: [65])
        #expect(outbox.flush(to: -1) == .failed(EBADF) && outbox.count == 2)
    }
}
