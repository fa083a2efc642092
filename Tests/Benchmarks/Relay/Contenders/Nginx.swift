// nginx as a mail proxy: it asks itself where users live.
// Must not be slowed down: its buffer is large, since answers over 4 KiB wait for 40 ms behind a small one.

/// See ngx_mail_proxy_module and ngx_mail_auth_http_module.
enum Nginx {
    static let mailModule = "/usr/lib/nginx/modules/ngx_mail_module.so"

    static func prepare(_ site: Site) throws -> [String] {
        let tls =
            site.path.clientHasTLS
            ? """
            ssl_certificate \(site.certificates.chain);
                ssl_certificate_key \(site.certificates.key);
                ssl_protocols TLSv1.2 TLSv1.3;
                ssl_session_cache none;
            """ : ""
        let file = try site.write("nginx.conf", configuration(site, tls))
        return ["/usr/sbin/nginx", "-e", "stderr", "-c", file]
    }

    /// Of a worker: a session takes two, and three while it asks where its user lives.
    private static func connections(_ site: Site) -> Int {
        site.room.map { 2 * $0 / site.workers } ?? site.sessions * 3
    }

    private static func configuration(_ site: Site, _ tls: String) -> String {
        """
        load_module \(mailModule);
        daemon off;
        pid \(site.folder)/nginx.pid;
        error_log stderr error;
        worker_processes \(site.workers);
        events { worker_connections \(connections(site)); }
        mail {
            auth_http 127.0.0.1:\(site.sparePort)/auth;
            pop3_auth plain;
            proxy_pass_error_message on;
            proxy_buffer 64k;
            timeout 10m;
            \(tls)
            server {
                listen 127.0.0.1:\(site.port)\(site.path.clientHasTLS ? " ssl" : "") backlog=4096;
                protocol pop3;
                proxy on;
            }
        }
        http {
            access_log off;
            client_body_temp_path \(site.folder)/body;
            proxy_temp_path \(site.folder)/proxy;
            fastcgi_temp_path \(site.folder)/fastcgi;
            uwsgi_temp_path \(site.folder)/uwsgi;
            scgi_temp_path \(site.folder)/scgi;
            server {
                listen 127.0.0.1:\(site.sparePort) backlog=4096;
                location /auth {
                    add_header Auth-Status OK;
                    add_header Auth-Server 127.0.0.1;
                    add_header Auth-Port \(site.upstreamPort);
                    return 200;
                }
            }
        }

        """
    }
}
