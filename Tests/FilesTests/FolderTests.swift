import FoundationEssentials
import Testing

@testable import Files

@Suite struct FolderTests {
    private let current = FileManager.default.currentDirectoryPath

    @Test(arguments: [("/a/b", "/a/b"), ("/a//b/", "/a/b"), ("/", "/"), ("/./a/.", "/a"), ("/a/../b", "/a/../b")])
    func `a path from the root is written in one way`(path: String, expected: String) {
        #expect(absolute(path) == expected)
    }

    @Test func `other paths begin at the current folder`() {
        #expect(absolute("a/b") == "\(current)/a/b")
        #expect(absolute("./a") == "\(current)/a")
        #expect(absolute(".") == current)
        #expect(absolute(".hidden") == "\(current)/.hidden")
    }

    @Test func `a path divides into its folder and its last part`() {
        #expect(folder(of: "/a/b/c") == "/a/b")
        #expect(folder(of: "/a") == "/")
        #expect(folder(of: "a") == ".")
        #expect(lastPart(of: "/a/b/c") == "c")
        #expect(lastPart(of: "c") == "c")
    }
}
