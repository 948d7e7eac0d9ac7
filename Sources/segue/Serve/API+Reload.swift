import DriverKit
import Glibc
import PipelineFiles
import Server
import Wire

extension API {
    /// Has the driver read the pipeline file again. The answer compares the file with the one at the start.
    func reload() throws(Failure) -> HTTPResponse {
        let reload = Reload(of: pipeline, from: try Pipeline(file: pipeline.path))
        kill(getpid(), SIGUSR1)
        var object = JSONObject()
        object["taken"] = .strings(reload.taken)
        object["left"] = .strings(reload.left)
        return .json(object.value)
    }
}
