import FoundationEssentials
import Testing
import Wire

@testable import Files

@Suite struct PartialFileTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func write(_ text: String, to file: PartialFile) throws {
        try Array(text.utf8).withUnsafeBytes { try file.write($0) }
    }

    private func contents(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `bytes get their name when they are whole`() throws {
        try inFolder { folder in
            let file = try PartialFile(at: "\(folder)/new/a.part", keeping: false)
            try write("whole", to: file)
            try file.rename(to: "\(folder)/new/a")
            #expect(contents("\(folder)/new/a") == "whole")
            #expect(contents("\(folder)/new/a.part") == nil)
        }
    }

    @Test func `what a crash left is kept or emptied, as is asked`() throws {
        try inFolder { folder in
            do { try write("left", to: PartialFile(at: "\(folder)/a.part", keeping: false)) }
            do {
                let again = try PartialFile(at: "\(folder)/a.part", keeping: true)
                #expect(again.bytes == 4)
                try write(" over", to: again)
                #expect(contents(again.path) == "left over")
            }
            #expect(try PartialFile(at: "\(folder)/a.part", keeping: false).bytes == 0)
        }
    }

    @Test func `a name that is held is refused, and free again afterwards`() throws {
        try inFolder { folder in
            var holder: PartialFile? = try PartialFile(at: "\(folder)/a.part", keeping: true)
            #expect(holder?.bytes == 0)
            let failure = #expect(throws: Failure.self) { try PartialFile(at: "\(folder)/a.part", keeping: true) }
            #expect(failure?.class == .transient)
            #expect(failure?.code == "busy")
            holder = nil
            #expect(try PartialFile(at: "\(folder)/a.part", keeping: true).bytes == 0)
        }
    }

    @Test func `a taken name is told and nothing is overwritten`() throws {
        try inFolder { folder in
            do {
                let first = try PartialFile(at: "\(folder)/1.part", keeping: false)
                try write("first", to: first)
                #expect(try first.rename(ifFree: "\(folder)/a"))
            }
            let second = try PartialFile(at: "\(folder)/2.part", keeping: false)
            try write("second", to: second)
            #expect(try !second.rename(ifFree: "\(folder)/a"))
            #expect(contents("\(folder)/a") == "first")
            second.discard()
            #expect(contents("\(folder)/2.part") == nil)
        }
    }

    @Test func `a link in place of a temporary file is not followed`() throws {
        try inFolder { folder in
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/a.part", withDestinationPath: "\(folder)/victim")
            #expect(throws: Failure.self) { try PartialFile(at: "\(folder)/a.part", keeping: false) }
            #expect(contents("\(folder)/victim") == nil)
        }
    }
}
