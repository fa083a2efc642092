// nginx as sites have it: with its mail module before a server, or as a web server that answers for logins.
// Must not touch the system's nginx.

import Foundation

enum Nginx {
    /// Runs with this text as its settings, while `body` runs.
    ///
    /// - Parameter ports: it listens on when it is ready
    static func serving<Result>(
        _ text: String,
        on ports: [Int],
        in parent: Folder,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let folder = try parent.folder("nginx-" + UUID().uuidString.prefix(4).lowercased())
        let path = folder.path
        let head = """
            load_module /usr/lib/nginx/modules/ngx_mail_module.so;
            daemon off; master_process off; pid \(path)/pid; error_log \(path)/error.log;
            events {}

            """
        try folder.write("nginx.conf", head + text)
        let arguments = ["-p", path, "-c", folder["nginx.conf"], "-e", folder["error.log"]]
        return try await Child.serving(path: Program.nginx.path(), arguments, in: folder, name: "nginx") { _ in
            try await eventually("nginx listens") { ports.allSatisfy { Port.isUsed($0) } }
            return try await body()
        }.0
    }
}
