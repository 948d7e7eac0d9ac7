import Files
import Lists
import StageKit
import Wire

extension ResolveSession {
    /// Takes passwords out of a record's own links, and keeps them under its id.
    static func takePasswords(from record: inout Record, _ channels: Channels) throws(Failure) {
        try keep(record.takeUserInfo(), under: [record.id], channels)
    }

    /// Takes passwords out of an entry's links, and keeps them under the id of its list, which most entries share, or its own.
    func takePasswords(from entry: inout ListEntry, of request: Record, at seq: Int) throws(Failure) {
        let found = entry.takeUserInfo()
        if !found.isEmpty {
            try Self.keep(found, under: [request.id, self.request(for: entry, of: request, at: seq).id], channels)
        }
    }

    /// A link of the list itself as it may appear in a record, without its password.
    func plain(_ link: String, of request: Record) throws(Failure) -> String {
        let (plain, userInfo) = WebLink.divided(link)
        try Self.keep([userInfo].compactMap(\.self), under: [request.id], channels)
        return plain
    }

    private static func keep(
        _ userInfos: [UserInfo], under names: [String], _ channels: Channels
    ) throws(Failure) {
        for userInfo in userInfos {
            if let news = try KeptPasswords.keep(userInfo, under: names) { channels.note(news) }
        }
    }
}

extension ListEntry {
    /// Removes the password also from links that fail for another reason.
    fileprivate mutating func takeUserInfo() -> [UserInfo] {
        let links = [location, artworkURL].map { $0.map(WebLink.divided) }
        (location, artworkURL) = (links[0]?.plain, links[1]?.plain)
        return links.compactMap { $0?.userInfo }
    }
}
