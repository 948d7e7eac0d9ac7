#if FUZZ
import Foundation

/// Runs libFuzzer on the reader that a variable names, since the arguments are libFuzzer's own.
@_cdecl("fuzz_main")
func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    guard FuzzChoice.reader != nil else { fatalError("FUZZ_READER names no reader") }
    var (count, arguments) = (count, arguments)
    return runFuzzer(&count, &arguments, readInput)
}

/// A promise that is not kept ends the process, as a trap does.
@_cdecl("LLVMFuzzerTestOneInput")
func readInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzChoice.inputs += 1
    if FuzzChoice.inputs % 20_000 == 0 {
        FileHandle.standardError.write(Data("\(FuzzChoice.inputs) inputs, \(liveBytes()) bytes in use\n".utf8))
    }
    do {
        try FuzzChoice.reader?.read(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _: UnsafeMutablePointer<CInt>,
    _: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What is allocated and not freed, as the address sanitizer counts it.
@_silgen_name("__sanitizer_get_current_allocated_bytes")
private func liveBytes() -> Int

private enum FuzzChoice {
    nonisolated(unsafe) static var inputs = 0
    static let reader = getenv("FUZZ_READER").flatMap { FuzzedReader(rawValue: String(cString: $0)) }
}
#endif
