import Processes
import Wire

/// Apprise, whose addresses are in a configuration of its own: they are often secrets, and so may be what it prints.
struct AppriseWay: Way {
    let configuration: String
    let errand: Errand

    func send(_ notice: NoticeContent) throws(Failure) {
        let kind = notice.event == "finished" ? "success" : "failure"
        let command = [
            "apprise", "--config=\(configuration)", "--title=\(notice.title)", "--notification-type=\(kind)"
        ]
        let ending = try errand.run(command, input: notice.text).ending
        switch ending {
        case .exited(0): return
        case .exited(1), .signalled: throw .transient("not_sent", "apprise could not send it to all of its services")
        case .exited(let status):
            throw .config("not_sent", "apprise ended with status \(status); try it with --config=\(configuration)")
        }
    }
}
