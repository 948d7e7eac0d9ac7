import Foundation
import Testing
import Wire

@testable import Lists

@Suite struct FeedTests {
    @Test func `an episode is read with what it tells`() throws {
        let text = """
            <rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>
            <title>The Show</title><itunes:author>Somebody</itunes:author><itunes:image href="http://h/show.jpg"/>
            <item><title>Seven</title><pubDate>Wed, 05 Aug 2020 23:30:00 -0200</pubDate><itunes:episode>7</itunes:episode>
            <description>Short.</description><itunes:summary>A longer text.</itunes:summary><itunes:duration>1:02:03</itunes:duration>
            <enclosure url="http://h/7.pdf" length="5" type="application/pdf"/>
            <enclosure url="http://h/7.mp3?x=1&amp;y=2" length="0" type="audio/mpeg"/></item>
            <item><title>No sound</title></item></channel></rss>
            """
        let (found, header) = try entries(Array(text.utf8), .rss)
        #expect(header == ListHeader(title: "The Show", creator: "Somebody", artworkURL: "http://h/show.jpg"))
        var episode = ListEntry()
        (episode.location, episode.mime, episode.title) = ("http://h/7.mp3?x=1&y=2", "audio/mpeg", "Seven")
        (episode.releaseDate, episode.trackNumber, episode.comment) = ("2020-08-06", 7, "Short.")
        (episode.duration, episode.published) = (3723, 1_596_677_400)
        #expect(found == [episode])
    }

    @Test(
        arguments: [
            ("http://h/a.mp3", "mp3"), ("http://h/a.MP3?b=c", "audio"), ("http://h/a.oga", "unknown/unknown"),
            ("http://h/a.m4b", "video/mp4"), ("http://h/a.flac", "application/x-download"), ("http://h/a.opus", ""),
            ("http://h/get?id=1", "binary/octet-stream"), ("http://h/get/1", "file"), ("http://h/a.mp4", "audio/mp4"),
            ("http://h/a.php", "audio/mpeg; charset=utf-8")
        ])
    func `an enclosure of an unknown type is what its link says`(_ url: String, _ type: String) throws {
        let item = "<item><enclosure url=\"\(url)\" type=\"\(type)\"/></item>"
        #expect(try entries("<rss><channel>\(item)</channel></rss>", .rss).map(\.location) == [url])
    }

    @Test func `what offers no audio is left out and told, and what offers nothing is not`() {
        let offers = [
            ("v.mp4", "video/mp4"), ("d", "application/pdf"), ("b.epub", "x"), ("p", "image/png"), ("c.pdf", "")
        ]
        let items = offers.map { "<item><enclosure url=\"http://h/\($0)\" type=\"\($1)\"/></item>" }
        let both = "<enclosure url=\"http://h/b.pdf\"/><enclosure url=\"http://h/b.ogg\"/>"
        var reader = ListReader(.rss)
        let text =
            "<rss><channel>\(items.joined())<item><title>words</title></item><item>\(both)</item></channel></rss>"
        let found = reader.read(Array(text.utf8)) + reader.finish()
        #expect(found.map(\.location) == ["http://h/b.ogg"])
        #expect(reader.remarks == ["5 entries offer films, pictures or documents alone, and no audio: left out"])
    }

    @Test func `a guid is what it is without the white space around it, and an id in Atom`() throws {
        let rss = """
            <rss xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>T</title>
            <podcast:guid> 0f1e </podcast:guid><guid>of nobody</guid>
            <item><guid isPermaLink="false">
              Tag:1 e\u{301}\t</guid><enclosure url="http://h/1.mp3"/></item>
            <item><guid> </guid><enclosure url="http://h/2.mp3"/></item></channel></rss>
            """
        let (episodes, header) = try entries(Array(rss.utf8), .rss)
        #expect(episodes.map { $0.guid.map { Array($0.utf8) } } == [Array("Tag:1 e\u{301}".utf8), nil])
        #expect(header.guid == "0f1e")
        let entry = "<entry><id>urn:1</id><link rel=\"enclosure\" href=\"http://h/1.mp3\"/></entry>"
        let atom = try entries("<feed><id>urn:0</id>\(entry)</feed>", .rss)
        #expect(atom.map(\.guid) == ["urn:1"])
    }

    @Test(
        arguments: [
            ("pubDate", "Thu, 01 Jan 1970 00:01:00 GMT", 60), ("pubDate", "1 Jan 1970", nil),
            ("published", "1970-01-01T01:00:00+01:00", 0), ("published", "1970-01-01", nil)
        ] as [(String, String, Int?)])
    func `the moment is known where more than the day is told`(_ name: String, _ date: String, _ second: Int?) throws {
        let item = "<item><\(name)>\(date)</\(name)><enclosure url=\"http://h/1.mp3\"/></item>"
        let found = try entries("<rss><channel>\(item)</channel></rss>", .rss)
        #expect(found.map(\.published) == [second] && found.map(\.releaseDate) == ["1970-01-01"])
    }

    @Test func `an episode came out when it says so, and was changed later`() throws {
        let dates = [
            "<updated>2026-03-09</updated><published>2026-02-28T23:30:00-05:00</published>",
            "<dc:date>2026-03</dc:date>",
            "<updated>9.3.2026</updated>", "<PubDate>01/02/2026</PubDate><dcterms:issued>2025</dcterms:issued>",
            "<pubDate>02/01/2026</pubDate>", "<pubDate/>"
        ]
        let items = dates.map { "<item>\($0)<enclosure url='http://h/a.mp3'/></item>" }.joined()
        var reader = ListReader(.rss)
        let found = reader.read(Array("<rss><channel>\(items)</channel></rss>".utf8)) + reader.finish()
        #expect(found.map(\.releaseDate) == ["2026-03-01", "2026-03", "2026-03-09", "2025", nil, nil])
        #expect(reader.remarks == ["2 dates that cannot be read are left out: 01/02/2026 and so on"])
    }

    @Test func `another prefix for the same is the same, and the usual one needs no declaration`() throws {
        let declared = [
            "i='http://www.itunes.com/dtds/podcast-1.0.dtd'", "m='http://search.yahoo.com/mrss/'",
            "a='http://www.w3.org/2005/Atom'"
        ]
        let item = "<i:duration>61</i:duration><m:content url='http://h/1.ogg'/><itunes:episode>4</itunes:episode>"
        let text =
            "<rss \(declared.map { "xmlns:\($0)" }.joined(separator: " "))><channel><a:entry>\(item)</a:entry></channel></rss>"
        let found = try entries(text, .rss)
        #expect(
            found.map(\.duration) == [61] && found.map(\.location) == ["http://h/1.ogg"]
                && found.map(\.trackNumber) == [4])
    }

    @Test func `names of elements may be in large letters`() throws {
        let text =
            "<RSS><CHANNEL><TITLE>Show</TITLE><ITEM><Title>One</Title><ENCLOSURE URL='http://h/1.mp3' Type='audio/mpeg'/></ITEM></CHANNEL></RSS>"
        let (found, header) = try entries(Array(text.utf8), .rss)
        #expect(header.title == "Show" && found.map(\.title) == ["One"] && found.map(\.mime) == ["audio/mpeg"])
    }

    private struct Episode: Decodable {
        struct Enclosure: Decodable {
            let url: String
            let file_size: Int
            let mime_type: String
        }
        let title: String
        let published: Int
        let total_time: Int
        let enclosures: [Enclosure]
    }

    private struct Feed: Decodable {
        let title: String?
        let episodes: [Episode]
    }

    @Test(.enabled(if: suites != nil)) func `another reader of feeds finds the same episodes`() throws {
        let paths = try files("\(try #require(suites))/podcastparser/tests/data", ".rss")
        #expect(paths.count == 70)
        var compared = 0
        for path in paths {
            let expected = try? JSONDecoder().decode(
                Feed.self, from: Data(bytes(path.replacing(".rss", with: ".json"))))
            guard let expected else { continue }
            let content = try bytes(path)
            guard let found = try? entries(content, .rss, pieces: 4096).entries else {
                Issue.record("\(path) is refused")
                continue
            }
            // As the suite's own reader was called.
            let base = "file://tests/data/" + (path as NSString).lastPathComponent
            let audible = expected.episodes.filter { episode in
                episode.enclosures.contains {
                    $0.mime_type.hasPrefix("audio/") || $0.mime_type == "application/octet-stream"
                }
            }
            let ours = Dictionary(found.map { (joined($0.location ?? "", to: base), $0) }) { first, _ in first }
            for episode in audible {
                let enclosure = episode.enclosures.first {
                    $0.mime_type.hasPrefix("audio/") || $0.mime_type == "application/octet-stream"
                }
                let mine = ours[enclosure?.url ?? ""]
                #expect(mine != nil, "\(path): \(episode.enclosures)")
                #expect(mine?.bytes ?? -1 == max(-1, enclosure?.file_size ?? -1), "\(path)")
                #expect(mine?.duration ?? 0 == Double(episode.total_time), "\(path)")
                // Where an item has no title that reader makes one up of its link or its text.
                if let title = mine?.title { #expect(title == episode.title, "\(path)") }
                if episode.published > 0 {
                    let day = Date(timeIntervalSince1970: Double(episode.published)).formatted(
                        .iso8601.year().month().day())
                    #expect(mine?.releaseDate == day, "\(path)")
                }
                compared += 1
            }
        }
        #expect(compared == 37)
    }
}
