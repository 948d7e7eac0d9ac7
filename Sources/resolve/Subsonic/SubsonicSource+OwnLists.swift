import Wire

extension SubsonicSource {
    /// How many albums the newest ones are.
    private static let newestAlbums = 100
    /// The most rows that servers give at once.
    private static let pageSize = 500

    /// The lists that the server makes by itself, as a search finds them.
    var ownLists: [Found] {
        Reference.OwnList.allCases.map { list in
            Found(
                reference: Reference(catalog: name, kind: .playlist, id: list.rawValue), track: nil,
                summary: summary(of: list))
        }
    }

    private func summary(of list: Reference.OwnList) -> CollectionSummary {
        let title =
            switch list {
            case .all: "All of \(name)"
            case .starred: "Starred on \(name)"
            case .newest: "Newest on \(name)"
            }
        return CollectionSummary(type: "playlist", title: title, creator: nil, artworkURL: nil)
    }

    /// Passes on the songs of a list that the server makes by itself, page by page.
    func expand(_ list: Reference.OwnList, _ each: EachRow) throws(Failure) -> Collection {
        var collection = Collection(total: nil, count: 0, summary: summary(of: list))
        func take(_ row: JSON) throws(Failure) {
            collection.count += 1
            try each(listed(row))
        }
        switch list {
        case .all:
            let all = [("query", ""), ("artistCount", "0"), ("albumCount", "0")]
            try pages("search3", all, "song", of: "searchResult3", by: ("songCount", "songOffset"), take)
            // Older servers find nothing where nothing is searched for.
            if collection.count == 0 { try albums("alphabeticalByName", most: .max, &collection, each) }
        case .starred:
            let starred = try server.ask("getStarred2", [], for: "starred2")
            for row in starred?["song"]?.listed ?? [] { try take(row) }
        case .newest: try albums("newest", most: Self.newestAlbums, &collection, each)
        }
        return collection
    }

    private func albums(
        _ type: String, most: Int, _ collection: inout Collection, _ each: EachRow
    ) throws(Failure) {
        var albums = collection
        try pages("getAlbumList2", [("type", type)], "album", of: "albumList2", by: ("size", "offset"), most: most) {
            row throws(Failure) in
            guard let id = row.object?["id"]?.identifier else { return }
            albums.take(try album(id, each))
        }
        collection = albums
    }

    /// Passes on the rows of a list. Each page begins with the last row of the one before it, which shows that nothing has
    /// moved meanwhile, so that no row is missed; `by` names the parameters for the count and the offset.
    ///
    /// A server may give fewer rows than it was asked for: only a page with nothing new is the end.
    ///
    /// - Throws: `bad_document` (`transient`) if the list changed.
    private func pages(
        _ method: String, _ parameters: [(String, String)], _ rows: String, of member: String,
        by names: (count: String, offset: String), most: Int = .max, _ take: (JSON) throws(Failure) -> Void
    ) throws(Failure) {
        var (read, last): (Int, String?) = (0, nil)
        while read < most {
            let offset = max(0, read - 1)
            let page = [(names.count, "\(min(Self.pageSize, most - offset))"), (names.offset, "\(offset)")]
            let answer = try server.ask(method, parameters + page, for: member)
            var new = (answer?[rows]?.listed ?? [])[...]
            if read > 0 {
                guard let first = new.popFirst(), first.object?["id"]?.identifier == last else {
                    throw .transient(
                        "bad_document", "the list of \(name) changed while it was read, or does not come in pages",
                        host: server.base.host)
                }
            }
            guard !new.isEmpty else { return }
            for row in new.prefix(most - read) { try take(row) }
            read += new.count
            last = new.last?.object?["id"]?.identifier
        }
    }
}
