BBBBBBB BBBBBBBBBBB
BBBB BBBB BBBBBBBBBBBBBBBBB
BBBBB BBBBB
   gettext(u'Certificates') 
BBBBBBBB BBBBB
BBBBB BBBBBBB
  XXXX XXXXXXXXXXXXXXXXXX
    XXXX gettext(u'Certificates') XXXXX
    BBBBBBB BBBBBBBBBBBBBBBBBBBBBBB BBBB BBBBBBBBBBBBBBBBBBB
  XXXXXX
  XX XXXXXXXXXXXXXX
     gettext(u'With its certificate a firm signs and seals the papers that it issues. A firm without one issues them for stamp and pen.') 
  XXXX
  XXXX XXXXXXXXXXXXXXXX
    XXXXXXXX XXXXXXXXXXXX XXXXX XXXXXXXXXXXXXXXXXXXXXXXXXXXXXX
      XXXX XXXXXXXXXXXXXXXXXXX
        XXX XXXXXXXXXXXXXXXXX gettext(u'On file') XXXXX
      XXXXXX
      BB BBBBBBBBBBBB
        XXX XXXXXXXXXXXXXXX
          BBB BBB BB BBBBBBBBBBBB
            XXXX
              XXXX XXXXXXXXXXXXXXXXXXX
                XXXXXX
                  XXXXXXX 
                  BB BBBBBBBBBB
                    XXXXX XXXXXXXXXX XXXXXXXXXX gettext(u'in use') XXXXXXX
                  BBBB
                    XXXXX XXXXXXXXXXXX gettext(u'retired') XXXXXXX
                  BBBBB
                XXXXXXX
                XXXXX XXXXXXXXXXXX XXXXXXXXFFFFFFFFFFFF X FFFFFFFFFFFFXXXXXXX
              XXXXXX
              XXXX XXXXXXXXXXXX XXXXXXX
                 gettext(u'issued by %(issuer)s, serial number %(serial)s') SSSSSS SS SSSSSSSSSSS SSSSSS SSSSSS SSSSSSSSSS
                X  gettext(u'filed by %(who)s on %(day)s') SSSSS SS SSSSSSS SS SSSSSSS
              XXXXXX
              BB BBBBBBBBBB BBB BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
                XXXXXXXX XXXXXXXXXXXX XXXXXX
                  XXXXXXXX XXXXXXXXXXXXXX gettext(u'Retire it') XXXXXXXXXX
                  XXXXX XXXXXXXXXXXXX XXXXX XXXXX
                        XXXXXXXXXXXXX
                        XXXXXXXXBBB BBBBBBBBBBBBBBBBBBBBBBBBBB BBBBBBXX
                    BBBBBBBBBB
                    XXXXXX XXXXXXXXXXXXXXXXXXX XXXXXXXXXXXXXXXX
                           XXXXXXXXXXXXX
                           XXXXXXXXXXXXXXX
                           XXXXXXXX
                           XXXXXXXXXXXX gettext(u'Reason') X
                           XXXXXXXXXXXXX gettext(u'Reason') XX
                    XXXXXXX XXXXXXXXXXXXX XXXXXXXXXX XXXXXX XXXXXXXXXXXXXXXXXXXXXXX gettext(u'Retire') XXXXXXXXX
                  XXXXXXX
                XXXXXXXXXX
              BBBBB
            XXXXX
          BBBBBB
        XXXXX
      BBBB
        XX XXXXXXXXXXXXXX gettext(u'None so far.') XXXX
      BBBBB
    XXXXXXXXXX
    BB BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
      XXXXXXXX XXXXXXXXXXXX XXXXX XXXXXXXXXXXXXXXXXXXXXXXXXXXXX
        XXXX XXXXXXXXXXXXXXXXXXX
          XXX XXXXXXXXXXXXXXXX gettext(u'File a certificate') XXXXX
        XXXXXX
        XXXXX XXXXXXXXXXXXX XXXXXXXXXXXXXXXXXXXXXXXXXXXXXX
          BBBBBBBBBB
          BBBBBB BBBB
          XXXXXXX XXXXXXXXXXXXX XXXXXXXXXX XXXXXXXXXXXXX gettext(u'File') XXXXXXXXX
        XXXXXXX
      XXXXXXXXXX
    BBBBB
  XXXXXX
BBBBBBBB BBBBBBB
