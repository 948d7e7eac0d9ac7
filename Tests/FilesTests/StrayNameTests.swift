import Files
import Testing

@Suite struct StrayNameTests {
    @Test(arguments: [".DS_Store", "._01.mp3", "__MACOSX", "Thumbs.db", "desktop.ini", "@eaDir", "#recycle", "Icon\r"])
    func `what systems leave behind is junk`(name: String) { #expect(StrayName.isJunk(name)) }

    @Test(arguments: ["a.zip.part", "a.mp3.crdownload", "a.PARTIAL", "a.!ut", "~syncthing~a.mp3.tmp"])
    func `what is still written is not finished`(name: String) { #expect(StrayName.isUnfinished(name)) }

    @Test(arguments: ["a.zip", "part", "Part 1.mp3", "a.part.mp3", "Download.flac", "tmp"])
    func `anything else is somebody's`(name: String) {
        #expect(!StrayName.isUnfinished(name) && !StrayName.isJunk(name))
    }
}
