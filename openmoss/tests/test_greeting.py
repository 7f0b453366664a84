import re

from openmoss import __version__
from openmoss.greeting import greeting
from openmoss.models import SiteSettings
from openmoss.setup_code import setup_code


def test_a_fresh_server_says_how_to_set_it_up(db, client):
    said = greeting(6565)

    assert f"OpenMOSS {__version__} is running at http://127.0.0.1:6565" in said
    assert "manage.py setup --admin-password" in said
    link = re.search(r"http://127.0.0.1:6565(/setup\?code=\w+)", said)[1]
    assert 'name="password"' in client.get(link).content.decode()
    assert SiteSettings.load().registration_token not in said


def test_a_server_that_is_set_up_says_where_to_go_on(admin_user):
    SiteSettings.objects.create(pk=1, external_url="https://moss.example.org/")

    said = greeting(6565)

    assert "Console: https://moss.example.org/ " in said
    assert "setup" not in said
    assert setup_code() not in said
    assert "manage.py enrol NAME --role executor" in said
