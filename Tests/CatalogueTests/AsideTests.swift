import FoundationEssentials
import Testing
import Wire

@testable import Catalogue

@Suite struct AsideTests {
    private func names(_ shelf: Shelf) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: shelf.folder + "/.segue"))
    }

    @Test func `what is damaged is put aside, under a name that nothing has`() throws {
        try Shelf.with { shelf in
            for number in 1...3 {
                try shelf.write("damage \(number)", to: ".segue/catalogue.sqlite")
                let failure = #expect(throws: Failure.self) { try shelf.open() }
                #expect(failure?.code == "bad_catalogue" && failure?.message.contains("--rebuild") == true)
                try shelf.write("log \(number)", to: ".segue/catalogue.sqlite-wal")
                let aside = try #require(try Catalogue.putAside(in: shelf.folder))
                #expect(aside.hasSuffix("/.segue/catalogue.sqlite.damaged-\(number)"))
                #expect(FileManager.default.contents(atPath: aside) == Data("damage \(number)".utf8))
                #expect(FileManager.default.contents(atPath: aside + "-wal") == Data("log \(number)".utf8))
            }
            #expect(try names(shelf).contains("catalogue.sqlite") == false)
            #expect(try shelf.open().track(id: "c:track:1") == nil)
            #expect(try names(shelf).isSuperset(of: (1...3).map { "catalogue.sqlite.damaged-\($0)" }))
        }
    }

    @Test func `where there is no catalogue there is nothing to put aside`() throws {
        try Shelf.with { shelf in
            #expect(try Catalogue.putAside(in: shelf.folder) == nil)
            try shelf.write("", to: ".segue/other")
            #expect(try Catalogue.putAside(in: shelf.folder) == nil)
            #expect(try names(shelf) == ["other"])
        }
    }
}
