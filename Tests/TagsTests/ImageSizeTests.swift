import Testing

@testable import Tags

@Suite struct ImageSizeTests {
    private let png: [UInt8] = [
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 1, 0x40,
        0, 0, 0, 0xF0, 8, 6
    ]
    private let jpeg: [UInt8] = [
        0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xC4, 0, 3, 0, 0xFF,
        0xFF, 0xC2, 0, 11, 8, 0, 0xF0, 1, 0x40, 3, 1, 0x11, 0
    ]

    @Test func `a PNG says it in its first chunk`() {
        let size = ImageSize(of: png)
        #expect(size?.width == 320)
        #expect(size?.height == 240)
        #expect(size?.depth == 32)
    }

    @Test func `a JPEG says it in its frame header, behind other segments`() {
        let size = ImageSize(of: jpeg)
        #expect(size?.width == 320)
        #expect(size?.height == 240)
        #expect(size?.depth == 24)
    }

    @Test func `a header that is cut anywhere gives no size`() {
        for count in 0..<23 { #expect(ImageSize(of: Array(jpeg.prefix(count))) == nil) }
        for count in 0..<26 { #expect(ImageSize(of: Array(png.prefix(count))) == nil) }
    }

    @Test func `other pictures have no size`() {
        #expect(ImageSize(of: Array("GIF89a".utf8)) == nil)
        #expect(ImageSize(of: [0xFF, 0xD8] + [UInt8](repeating: 0xFF, count: 40)) == nil)
    }
}
