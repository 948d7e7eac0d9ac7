import Wire

/// How notices are sent.
protocol Way {
    /// Sends one.
    ///
    /// - Throws: why it was not sent.
    func send(_ notice: NoticeContent) throws(Failure)
}

/// What a process sends notices with.
struct TellSession {
    let way: any Way

    /// Sends a notice. A refusal is for the set-up to mend, and the notice waits; 410 alone says that none is ever wanted.
    func send(_ notice: NoticeContent) throws(Failure) {
        do throws(Failure) {
            try way.send(notice)
        } catch let error where error.class == .permanent && error.code != .http(410) {
            throw Failure(.config, error.code, error.message, host: error.host)
        }
    }
}
