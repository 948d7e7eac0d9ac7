import FlyingFox
import FlyingSocks
import Foundation
import Wire

/// A part of a track as the body of an answer, with an injected fault if planned.
struct FileBody: AsyncBufferedSequence {
    typealias Element = UInt8

    /// The fault in the middle of the body.
    enum Flaw { case truncate, reset, stall, wrongByte }

    let song: FolderTrack
    let wrapping: Wrapping?
    let range: Range<Int>
    let flaw: Flaw?
    let client: ClientSocket

    /// How many bytes will be sent.
    var sentBytes: Int { flaw == nil || flaw == .wrongByte ? range.count : range.count / 2 }

    func makeAsyncIterator() -> Iterator { Iterator(body: self) }

    struct Iterator: AsyncBufferedIteratorProtocol {
        fileprivate let body: FileBody
        private var file: ServedFile?
        private var sent = 0

        fileprivate init(body: FileBody) { self.body = body }

        mutating func next() async throws -> UInt8? { try await nextBuffer(suggested: 1)?.first }

        /// As many bytes as are available, whatever is suggested.
        mutating func nextBuffer(suggested count: Int) async throws -> Data? {
            let left = body.sentBytes - sent
            guard left > 0 else { return try await end() }
            let file = try file ?? ServedFile(body.song, body.wrapping, from: body.range.lowerBound)
            self.file = file
            guard let bytes = try file.next() else {
                throw Wire.Failure.transient("file_changed", "the file has become shorter")
            }
            var piece = Data(bytes.prefix(left))
            damage(&piece)
            sent += piece.count
            return piece
        }

        private func damage(_ piece: inout Data) {
            let middle = body.range.count / 2 - sent
            if body.flaw == .wrongByte, piece.indices.contains(middle) { piece[middle] ^= 0xFF }
        }

        /// Ends the body according to the fault; an error makes the server close the connection.
        private func end() async throws -> Data? {
            switch body.flaw {
            case nil, .wrongByte: return nil
            case .truncate: break
            case .reset: body.client.resetWhenClosed()
            case .stall: try await body.client.leaves()
            }
            throw Wire.Failure.transient("on_purpose", "the plan ends this body")
        }
    }
}
