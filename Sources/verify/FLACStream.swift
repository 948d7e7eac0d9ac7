import CFLAC
import Wire

/// A FLAC stream that libFLAC decodes completely and checks against its checksums.
final class FLACStream {
    private let specimen: Specimen
    private let decoder: UnsafeMutablePointer<FLAC__StreamDecoder>?
    /// The offset at which the sound ends, and the one that was read up to, in bytes.
    fileprivate var end = 0
    fileprivate var offset = 0
    fileprivate var samples = 0
    /// The first error of the decoder, and the failure that stopped reading.
    fileprivate var flaw: FLAC__StreamDecoderErrorStatus?
    fileprivate var failure: Failure?

    init(_ specimen: Specimen) {
        self.specimen = specimen
        decoder = FLAC__stream_decoder_new()
    }

    deinit { if let decoder { FLAC__stream_decoder_delete(decoder) } }

    /// The length in seconds; nil when the stream does not say its rate.
    func examine() throws(Failure) -> Double? {
        end = try specimen.soundEnd()
        guard let decoder, start(decoder) else { throw .transient("no_memory", "libFLAC cannot start") }
        _ = FLAC__stream_decoder_process_until_end_of_metadata(decoder)
        try check(at: 0)
        let last = try decode(decoder)
        let announced = Int(FLAC__stream_decoder_get_total_samples(decoder))
        let rate = Double(FLAC__stream_decoder_get_sample_rate(decoder))
        guard announced == 0 || samples == announced else {
            throw specimen.damage("it ends after \(samples) of \(announced) samples, after the frame at \(last.start)")
        }
        guard last.end == end else {
            throw specimen.damage("\(end - last.end) bytes at \(last.end) of \(specimen.bytes) are not a frame")
        }
        guard FLAC__stream_decoder_finish(decoder) != 0 else {
            throw specimen.damage("the sound does not match its MD5 sum")
        }
        return rate > 0 ? Double(samples) / rate : nil
    }

    private func start(_ decoder: UnsafeMutablePointer<FLAC__StreamDecoder>) -> Bool {
        FLAC__stream_decoder_set_md5_checking(decoder, 1)
        return FLAC__stream_decoder_init_stream(
            decoder, read, nil, tell, nil, nil, write, nil, complain, Unmanaged.passUnretained(self).toOpaque())
            == FLAC__STREAM_DECODER_INIT_STATUS_OK
    }

    /// Decodes to the end, and returns the place of the last complete frame.
    private func decode(
        _ decoder: UnsafeMutablePointer<FLAC__StreamDecoder>
    ) throws(Failure) -> (start: Int, end: Int) {
        var last = (start: 0, end: position(of: decoder) ?? 0)
        while FLAC__stream_decoder_get_state(decoder) != FLAC__STREAM_DECODER_END_OF_STREAM {
            let before = samples
            let isGoingOn = FLAC__stream_decoder_process_single(decoder) != 0
            try check(at: last.end)
            if samples > before { last = (last.end, position(of: decoder) ?? last.end) }
            if FLAC__stream_decoder_get_state(decoder) == FLAC__STREAM_DECODER_MEMORY_ALLOCATION_ERROR {
                throw .noMemory(specimen.path)
            }
            guard isGoingOn else {
                throw specimen.damage("it cannot be decoded at \(last.end) of \(specimen.bytes) bytes")
            }
        }
        return last
    }

    private func check(at start: Int) throws(Failure) {
        if let failure { throw failure }
        if let flaw { throw specimen.damage("the frame at \(start) of \(specimen.bytes) bytes \(words(for: flaw))") }
    }

    /// The offset of the next frame in bytes; nil within a frame.
    private func position(of decoder: UnsafeMutablePointer<FLAC__StreamDecoder>) -> Int? {
        var position: FLAC__uint64 = 0
        return FLAC__stream_decoder_get_decode_position(decoder, &position) != 0 ? Int(position) : nil
    }

    private func words(for flaw: FLAC__StreamDecoderErrorStatus) -> String {
        switch flaw {
        case FLAC__STREAM_DECODER_ERROR_STATUS_BAD_HEADER: "has a wrong header"
        case FLAC__STREAM_DECODER_ERROR_STATUS_FRAME_CRC_MISMATCH: "has a wrong CRC"
        case FLAC__STREAM_DECODER_ERROR_STATUS_LOST_SYNC: "is not where it should be"
        default: "cannot be understood"
        }
    }

    /// Reads for the decoder, up to the end of the sound.
    fileprivate func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        do throws(Failure) {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(max(0, end - offset)))
            let count = room.isEmpty ? 0 : try specimen.read(room, at: offset)
            offset += count
            return count
        } catch {
            failure = error
            return 0
        }
    }
}

// libFLAC's callbacks; `client` is the stream.

private func stream(_ client: UnsafeMutableRawPointer) -> FLACStream {
    Unmanaged<FLACStream>.fromOpaque(client).takeUnretainedValue()
}

private func read(
    _: UnsafePointer<FLAC__StreamDecoder>?, buffer: UnsafeMutablePointer<FLAC__byte>?,
    count: UnsafeMutablePointer<Int>?, client: UnsafeMutableRawPointer?
) -> FLAC__StreamDecoderReadStatus {
    guard let client, let count else { return FLAC__STREAM_DECODER_READ_STATUS_ABORT }
    let stream = stream(client)
    count.pointee = stream.fill(UnsafeMutableRawBufferPointer(start: buffer, count: count.pointee))
    if stream.failure != nil { return FLAC__STREAM_DECODER_READ_STATUS_ABORT }
    return count.pointee == 0
        ? FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM : FLAC__STREAM_DECODER_READ_STATUS_CONTINUE
}

private func tell(
    _: UnsafePointer<FLAC__StreamDecoder>?, offset: UnsafeMutablePointer<FLAC__uint64>?,
    client: UnsafeMutableRawPointer?
) -> FLAC__StreamDecoderTellStatus {
    guard let client else { return FLAC__STREAM_DECODER_TELL_STATUS_ERROR }
    offset?.pointee = FLAC__uint64(stream(client).offset)
    return FLAC__STREAM_DECODER_TELL_STATUS_OK
}

private func write(
    _: UnsafePointer<FLAC__StreamDecoder>?, frame: UnsafePointer<FLAC__Frame>?,
    _: UnsafePointer<UnsafePointer<FLAC__int32>?>?, client: UnsafeMutableRawPointer?
) -> FLAC__StreamDecoderWriteStatus {
    guard let client, let frame else { return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT }
    stream(client).samples += Int(frame.pointee.header.blocksize)
    return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE
}

private func complain(
    _: UnsafePointer<FLAC__StreamDecoder>?, flaw: FLAC__StreamDecoderErrorStatus, client: UnsafeMutableRawPointer?
) {
    guard let client, case let stream = stream(client), stream.flaw == nil else { return }
    stream.flaw = flaw
}
