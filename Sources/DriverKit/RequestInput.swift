import PipelineFiles

/// What gives a driver requests while it runs.
protocol RequestInput: AnyObject {
    /// Whether more may come without anything else happening first.
    var isOpen: Bool { get }
    /// Whether to read more now.
    var wantsMore: Bool { get }
    /// Whether some were read that nobody took.
    var hasSome: Bool { get }
    /// Takes what is there; with `mayRead` it reads once.
    func read(mayRead: Bool)
    /// Those that were read; once they are taken, more are read.
    func drain() -> [ItemRequest]
}
