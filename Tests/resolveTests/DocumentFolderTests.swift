import Files
import FoundationEssentials
import Glibc
import Testing
import Wire

@testable import resolve

@Suite struct DocumentFolderTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "segue-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func document(bytes: Int = 0) throws -> JSONObject {
        var document = JSONObject()
        document["text"] = .string(String(repeating: "a", count: bytes))
        return document
    }

    private func keep(_ document: JSONObject, _ name: String, in folder: DocumentFolder) throws {
        folder.keep(document, name, in: try folder.place(for: name))
    }

    private func makeOld(_ path: String) {
        var times = [timeval(tv_sec: time(nil) - 3601, tv_usec: 0), timeval(tv_sec: time(nil) - 3601, tv_usec: 0)]
        #expect(utimes(path, &times) == 0)
    }

    @Test func `a document is there for all until it is an hour old`() throws {
        try inFolder { path in
            try keep(document(bytes: 9), "a", in: DocumentFolder(path))
            #expect(DocumentFolder(path).document("a")?["text"]?.string == "aaaaaaaaa")
            #expect(DocumentFolder(path).document("b") == nil)
            makeOld("\(path)/a")
            #expect(DocumentFolder(path).document("a") == nil)
        }
    }

    @Test func `one process at a time may write it`() throws {
        try inFolder { path in
            let place = try DocumentFolder(path).place(for: "a")
            let failure = #expect(throws: Failure.self) { try DocumentFolder(path).place(for: "a") }
            #expect(failure?.code == "busy")
            DocumentFolder(path).keep(try document(), "a", in: place)
            #expect(throws: Never.self) { try DocumentFolder(path).place(for: "a") }
        }
    }

    @Test func `however many are kept, their bytes have a limit`() throws {
        try inFolder { path in
            let folder = DocumentFolder(path, maximumBytes: 10_000)
            for number in 1...100 { try keep(document(bytes: 500), "\(number)", in: folder) }
            let sizes = try FileManager.default.contentsOfDirectory(atPath: path).compactMap {
                fileSize("\(path)/\($0)")
            }
            #expect(sizes.count > 10)
            let bytes = sizes.reduce(0, +)
            #expect(bytes <= 12_000)
        }
    }

    @Test func `what is too old goes, and what others are writing stays`() throws {
        try inFolder { path in
            for name in ["old", "new"] { try keep(document(), name, in: DocumentFolder(path)) }
            makeOld("\(path)/old")
            let place = try DocumentFolder(path).place(for: "other")
            try keep(document(), "third", in: DocumentFolder(path, maximumBytes: 0))
            #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["other.part"])
            place.discard()
        }
    }

    @Test func `a document that is very long is not kept`() throws {
        try inFolder { path in
            try keep(document(bytes: 1 << 20), "a", in: DocumentFolder(path))
            #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
        }
    }
}
