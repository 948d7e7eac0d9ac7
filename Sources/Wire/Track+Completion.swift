extension Track {
    /// Fills in what a file's tags leave open from what names tell; of an artist or an album nothing, if the tags name
    /// either.
    package mutating func complete(from names: Track) {
        title = title ?? names.title
        trackNumber = trackNumber ?? names.trackNumber
        discNumber = discNumber ?? names.discNumber
        (artworkURL, artistArtworkURL) = (artworkURL ?? names.artworkURL, artistArtworkURL ?? names.artistArtworkURL)
        isArtworkFar = isArtworkFar || names.isArtworkFar
        guard album == nil, artist == nil else { return }
        (album, albumArtist, artist) = (names.album, albumArtist ?? names.albumArtist, names.artist)
        if !names.artists.isEmpty { artists = names.artists }
        releaseDate = releaseDate ?? names.releaseDate
    }
}
