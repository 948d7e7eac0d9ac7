/// Hosts that count downloads, and precede the link that they redirect to.
enum Tracker {
    /// The link behind a tracker, with the tracker's own scheme where it has none; nil where there is no tracker.
    static func stripped(_ link: String) -> String? {
        guard let start = link.firstRange(of: "://")?.upperBound else { return nil }
        let end = link[start...].firstIndex(of: "?") ?? link.endIndex
        let parts = link[start..<end].split(separator: "/", omittingEmptySubsequences: false)
        for pattern in prefixes[host(parts[0])] ?? [] where isMet(pattern, by: parts) {
            let rest = parts[pattern.count...].joined(separator: "/") + String(link[end...])
            if let whole = whole(rest, scheme: link[..<start]) { return whole }
        }
        return nil
    }

    private static func host(_ part: Substring) -> String {
        let host = part.lowercased()
        return host.hasPrefix("www.") ? String(host.dropFirst(4)) : host
    }

    /// Whether the rest of a path matches a pattern; the host was matched before.
    private static func isMet(_ pattern: [Substring], by parts: [Substring]) -> Bool {
        guard parts.count > pattern.count else { return false }
        return zip(pattern, parts).dropFirst().allSatisfy { wanted, part in
            wanted.last == "*" ? !part.isEmpty && part.lowercased().hasPrefix(wanted.dropLast()) : part == wanted
        }
    }

    private static func whole(_ rest: String, scheme: Substring) -> String? {
        for own in ["http:/", "https:/"] where rest.lowercased().hasPrefix(own) {
            let path = rest.dropFirst(own.count).drop { $0 == "/" }
            return path.isEmpty ? nil : "\(own)/\(path)"
        }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, parts[0].contains(where: { ".:".contains($0) }) else { return nil }
        return String(scheme) + rest
    }

    /// The prefixes keyed by host, the longest first; `*` is any one part of a path, or the rest of one.
    private static let prefixes = Dictionary(
        grouping: list.split(whereSeparator: \.isWhitespace).map { $0.split(separator: "/") }.sorted {
            $0.count > $1.count
        }
    ) { String($0[0]) }

    private static let list = """
        2.gum.fm a.pdcst.to/* adbarker.com/stream/* analytics.podcastplusplus.com/e arttrk.com/p/* bktrks.co/t/*
        chrt.fm/track/* chtbl.com/track/* claritaspod.com/measure clrtpod.com/m cohst.app/pdcst/*
        dts.podtrac.com/pts/redirect.* dts.podtrac.com/redirect.* enrichment.soundstack.com/* growx.podkite.com/https/*
        ipfspodcasting.net/e letscast.fm/track m.pfxes.com/* media.blubrry.com/* media.blubrry.com/*/p mgln.ai/e/*
        mgln.ai/track op3.dev/e op3.dev/e,* p.podderapp.com/* pdcds.co/* pdcn.co/e pdrl.fm/* pdrl.fm/r/*/* pdst.fm/e
        pfx.veritonicmetrics.com/* pfx.vpixl.com/* play.podtrac.com/* podcast-rss-prefix.spotify.com/track/*
        podtrac.com/pts/redirect.* prefix.up.audio/s prfx.byspotify.com/e pscrb.fm/rss/p r.zen.ai/r r.zencastr.com/r
        rss.pdrl.fm/* rss.pdrl.fm/r/*/* s.gum.fm/r1/* s.gum.fm/s-* swap.fm/track/* t.glystn.com/v2/track/*
        tr.ausha.co/* track.fstry.me/p/* tracking.swap.fm/track/* verifi.podscribe.com/rss/p
        """
}
