import Testing
import Wire

@testable import origin

@Suite struct PageTests {
    private func document(_ query: [(name: String, value: String)], of count: Int) throws -> JSONObject {
        let page = try #require(Page(query))
        return try #require(page.document(of: Array(1...count), at: "http://a/list") { JSON.integer($0) }.object)
    }

    private func rows(_ document: JSONObject) -> [Int] { document["data"]?.elements.compactMap(\.integer) ?? [] }

    @Test func `25 rows are a page and the next one is named by its index`() throws {
        let first = try document([], of: 60)
        #expect(rows(first) == Array(1...25))
        #expect(first["total"]?.integer == 60)
        #expect(first["next"]?.string == "http://a/list?index=25")
        #expect(first["prev"] == nil)
        let last = try document([("index", "50")], of: 60)
        #expect(rows(last) == Array(51...60))
        #expect(last["next"] == nil)
        #expect(last["prev"]?.string == "http://a/list?index=25")
    }

    @Test func `a limit that was asked for stays in the addresses`() throws {
        let page = try document([("limit", "2"), ("index", "2")], of: 60)
        #expect(rows(page) == [3, 4])
        #expect(page["next"]?.string == "http://a/list?limit=2&index=4")
        #expect(page["prev"]?.string == "http://a/list?limit=2&index=0")
    }

    @Test func `past the end there are no rows and no next`() throws {
        let page = try document([("index", "\(Int.max)"), ("limit", "\(Int.max)")], of: 3)
        #expect(rows(page).isEmpty && page["next"] == nil)
        #expect(page["total"]?.integer == 3)
    }

    @Test(arguments: [("index", "-1"), ("index", "x"), ("limit", "0"), ("limit", ""), ("limit", "1.5")])
    func `values that make no sense are refused`(name: String, value: String) { #expect(Page([(name, value)]) == nil) }
}
