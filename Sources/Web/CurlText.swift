import CCurl
import Wire

/// Sets an option of a transfer that libcurl keeps a copy of.
func setText(_ handle: UnsafeMutableRawPointer?, _ option: CURLoption, _ text: String) {
    if curl_set_text(handle, option, text) == CURLE_OUT_OF_MEMORY { endForLackOfMemory() }
}
