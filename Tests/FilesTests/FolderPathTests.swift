import Files
import Testing
import Wire

@Suite struct FolderPathTests {
    @Test func `a reference leads to its path and back`() {
        #expect(FolderPath.path(of: FolderPath.reference("/a/b c")) == "/a/b c")
        #expect(FolderPath.path(of: "folder:") == nil && FolderPath.path(of: "/a/b") == nil)
        #expect(FolderPath.path(of: "folder:/a\u{0}b") == nil)
    }

    @Test func `what comes later under the same path has another id`() {
        #expect(FolderPath.id("/a") == FolderPath.id("/a"))
        let ids = [FolderPath.id("/a")] + ["1", "2"].map { FolderPath.id("/a", version: $0) }
        #expect(Set(ids).count == 3)
    }

    @Test func `a link is one that any program can read`() {
        #expect(FolderPath.link("/a/50% #1 ü.zip") == "file:///a/50%25%20%231%20%C3%BC.zip")
    }
}
