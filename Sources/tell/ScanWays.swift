import Web
import Wire

/// A Subsonic server that looks for new files.
struct SubsonicWay: Way {
    let client: Client
    let server: String

    func send(_ notice: NoticeContent) throws(Failure) {
        guard notice.isOfMusic else { return }
        let answer = try client.document("\(trimmed(server))/rest/startScan.view", limit: 65_536, auth: .host)
        if let error = SubsonicError(answer) { throw error.failure(host: try client.host(of: server)) }
    }
}

/// A Jellyfin server that looks for new files.
struct JellyfinWay: Way {
    let client: Client
    let server: String

    func send(_ notice: NoticeContent) throws(Failure) {
        guard notice.isOfMusic else { return }
        try client.post("", to: "\(trimmed(server))/Library/Refresh", headers: [])
    }
}

/// An address without a `/` at its end.
private func trimmed(_ server: String) -> String { server.hasSuffix("/") ? String(server.dropLast()) : server }
