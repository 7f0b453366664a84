"""A real WordPress in a folder of its own, served by PHP, with a database that is dropped at the end."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import uuid
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

WORDPRESS = Path("/usr/share/wordpress")  # where Debian's package puts it
DATABASE = ("127.0.0.1", 3306, "root", "")

CONFIG = """<?php
define('DB_NAME', '{database}'); define('DB_HOST', '{host}:{port}');
define('DB_USER', '{user}'); define('DB_PASSWORD', '{password}'); define('DB_CHARSET', 'utf8mb4');
define('WP_HOME', '{url}'); define('WP_SITEURL', '{url}');
define('WP_CONTENT_DIR', '{root}/wp-content');
define('WP_ENVIRONMENT_TYPE', 'local');  // application passwords without HTTPS
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true);
define('AUTH_KEY', '{secret}'); define('AUTH_SALT', '{secret}');
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
"""
INSTALL = """<?php
define('WP_INSTALLING', true);
function wp_new_blog_notification() {}  // sends no mail
require ABSPATH . 'wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Newsroom', 'ann', 'ann@example.org', true, '', 'log me in');
update_option('permalink_structure', '/%postname%/');
$passwords = [];
foreach (['ann' => 'administrator', 'erin' => 'editor', 'cora' => 'contributor'] as $name => $role) {
    $id = username_exists($name);
    $id = $id ?: wp_insert_user(['user_login' => $name, 'user_pass' => 'log me in', 'role' => $role]);
    $passwords[$name] = WP_Application_Passwords::create_new_application_password($id, ['name' => 'test'])[0];
}
echo json_encode($passwords);
"""


def why_not() -> str:
    """Return what is missing on this machine for a real WordPress, or nothing."""
    if not shutil.which("php"):
        return "there is no php"
    if not (WORDPRESS / "wp-load.php").exists():
        return f"there is no WordPress in {WORDPRESS}"
    if "mysqli" not in _run("php", "-m").split():
        return "php has no mysqli"
    try:
        _sql("SELECT 1")
    except subprocess.CalledProcessError:
        return f"no MariaDB lets {DATABASE[2]} in at {DATABASE[0]}:{DATABASE[1]} without a password"
    return ""


class RealSite:
    """WordPress, installed, with an administrator Ann, an editor Erin and a contributor Cora."""

    def __init__(self, root: Path) -> None:
        self.root, self.database = root, f"wordpress_{uuid.uuid4().hex[:12]}"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.url = f"http://{self.address}"
        self._lay_out()
        _sql(f"CREATE DATABASE {self.database}")
        try:
            self.passwords = json.loads(_run(*self._php(), str(root / "install.php")).splitlines()[-1])
            self._serve()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop the server and drop the database."""
        if hasattr(self, "server"):
            self.server.terminate()
            self.server.wait(timeout=10)
        _sql(f"DROP DATABASE {self.database}")

    def _lay_out(self) -> None:
        # Links to the package's files, with a configuration and a content folder of our own among them.
        host, port, user, password = DATABASE
        words = {"host": host, "port": port, "user": user, "password": password, "database": self.database}
        for part in WORDPRESS.iterdir():
            if part.name not in ("wp-config.php", "wp-content"):
                (self.root / part.name).symlink_to(part)
        (self.root / "wp-content" / "uploads").mkdir(parents=True)
        (self.root / "wp-content" / "themes").symlink_to(WORDPRESS / "wp-content" / "themes")
        config = CONFIG.format(**words, url=self.url, root=self.root, secret=uuid.uuid4().hex)
        (self.root / "wp-config.php").write_text(config)
        (self.root / "install.php").write_text(INSTALL)
        # Through the links PHP would take the package's folder, and its configuration, for the site's.
        (self.root / "first.php").write_text(f"<?php define('ABSPATH', '{self.root}/');")

    def _php(self) -> list[str]:
        return ["php", "-d", f"auto_prepend_file={self.root / 'first.php'}", "-d", "display_errors=stderr"]

    def _serve(self) -> None:
        log = (self.root / "server.log").open("wb")
        command = [*self._php(), "-S", self.address, "-t", str(self.root)]
        self.server = subprocess.Popen(command, stdout=log, stderr=log)
        for _ in range(100):
            try:
                urlopen(f"{self.url}/wp-json/", timeout=10).close()
                return
            except URLError:
                time.sleep(0.1)
        raise AssertionError((self.root / "server.log").read_text())


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def _sql(statement: str) -> None:
    host, port, user, password = DATABASE
    _run(
        "php",
        "-r",
        f"mysqli_report(MYSQLI_REPORT_STRICT | MYSQLI_REPORT_ERROR);"
        f"(new mysqli('{host}', '{user}', '{password}', '', {port}))->query('{statement}');",
    )
