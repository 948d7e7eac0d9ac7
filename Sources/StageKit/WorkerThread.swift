import CPosix
import Glibc

/// A thread that runs one function, and can be waited for.
package final class WorkerThread: Sendable {
    private let thread: pthread_t

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Nil where the system gives no more threads.
    package init?(_ run: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(run))
        var thread = pthread_t()
        let error = pthread_create(&thread, nil, runBody, body.toOpaque())
        guard error == 0 else {
            body.release()
            return nil
        }
        self.thread = thread
    }

    /// Waits until the function has returned.
    package func join() { pthread_join(thread, nil) }

    fileprivate static func run(_ context: UnsafeMutableRawPointer) {
        posix_share_interruptions()
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
    }
}

private func runBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    context.map(WorkerThread.run)
    return nil
}
